import { groupsOf, nextSort, type Column, type Sort } from './column.ts'

export interface HeadProps<Row> {
  columns: readonly Column<Row>[]
  template: string
  sort: Sort | null
  onSort?: (sort: Sort | null) => void
}

/** One row of heads, or two where columns stand in groups. A click sorts. */
export function HeadRows<Row>({ columns, template, sort, onSort }: HeadProps<Row>) {
  const groups = groupsOf(columns)
  return (
    <div className="grid-head" role="rowgroup">
      {groups === null ? null : (
        <div className="grid-groups" style={{ gridTemplateColumns: template }} aria-hidden="true">
          {groups.map((group, at) => (
            <span key={`${group.name}:${at}`} className="ell" style={{ gridColumn: `span ${group.span}` }}>
              {group.name}
            </span>
          ))}
        </div>
      )}
      <div className="grid-heads" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {columns.map((column) => {
          const sorted = sort?.id === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined
          return (
            <div key={column.id} role="columnheader" aria-sort={sorted} className={column.end === true ? 'end' : ''}>
              {column.sortable === true && onSort !== undefined ? (
                <button type="button" onClick={() => onSort(nextSort(sort, column.id))}>
                  {column.head}
                  {sorted === undefined ? null : <span aria-hidden="true">{sorted === 'descending' ? '↓' : '↑'}</span>}
                </button>
              ) : (
                column.head
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
