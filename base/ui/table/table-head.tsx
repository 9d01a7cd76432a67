import type { LaidColumn } from './column-window.ts'
import { groupsOf, nextSorts, type Sort } from './column.ts'

export interface HeadProps<Row> {
  columns: readonly LaidColumn<Row>[]
  template: string
  sorts: readonly Sort[]
  onSorts?: (sorts: readonly Sort[]) => void
}

/** One row of heads, or two where columns stand in groups. A click sorts; with `Shift` it sorts by one more. */
export function HeadRows<Row>({ columns, template, sorts, onSorts }: HeadProps<Row>) {
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
          if (column.gap === true) return <div key={column.id} role="presentation" />
          const rank = sorts.findIndex(({ id }) => id === column.id)
          const sorted = rank < 0 ? undefined : sorts[rank]?.descending === true ? 'descending' : 'ascending'
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={sorted}
              aria-colindex={column.place}
              className={column.end === true ? 'end' : ''}
            >
              {column.sortable === true && onSorts !== undefined ? (
                <button type="button" onClick={({ shiftKey }) => onSorts(nextSorts(sorts, column.id, shiftKey))}>
                  {column.head}
                  {sorted === undefined ? null : (
                    <span aria-hidden="true">
                      {sorted === 'descending' ? '↓' : '↑'}
                      {sorts.length > 1 ? rank + 1 : ''}
                    </span>
                  )}
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
