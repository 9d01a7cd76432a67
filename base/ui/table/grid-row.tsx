import { memo, type ReactElement } from 'react'
import type { LaidColumn } from './column-window.ts'

export interface GridRowProps<Row> {
  row: Row
  rowKey: string
  index: number
  columns: readonly LaidColumn<Row>[]
  template: string
  height: number
  active: boolean
  selected: boolean
  look: string
  onHover: ((key: string | null) => void) | undefined
}

/** One row at its fixed place. A scroll draws only rows that come into sight; the others stay as they are. */
export const GridRow = memo(function GridRow<Row>(props: GridRowProps<Row>) {
  const { row, rowKey, index, columns, template, height, active, selected, look, onHover } = props
  return (
    <div
      id={`row-${index}`}
      data-index={index}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={`grid-row ${active ? 'active' : ''} ${look}`}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${index * height}px)` }}
      onPointerEnter={onHover === undefined ? undefined : () => onHover(rowKey)}
      onPointerLeave={onHover === undefined ? undefined : () => onHover(null)}
    >
      {columns.map((column) =>
        column.gap === true ? (
          <div key={column.id} role="presentation" />
        ) : (
          <div
            key={column.id}
            role="gridcell"
            aria-colindex={column.place}
            className={column.end === true ? 'end num' : ''}
          >
            {column.cell(row)}
          </div>
        ),
      )}
    </div>
  )
  // `memo` forgets that its component takes any kind of row.
}) as <Row>(props: GridRowProps<Row>) => ReactElement
