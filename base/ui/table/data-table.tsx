import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react'
import { useShortcuts } from '../shell/keys/shortcuts.tsx'
import { templateOf, type Column, type Sort } from './column.ts'
import { HeadRows, type HeadProps } from './table-head.tsx'
import { useRowHeight, useVisibleColumns } from './use-layout.ts'
import { useVisibleRows } from './use-visible-rows.ts'

export interface DataTableProps<Row> {
  /** "Runs of flight-delay". */
  name: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  rowKey: (row: Row) => string
  /** Rows on the server, when these are only the first. */
  total?: number
  sort?: Sort | null
  onSort?: (sort: Sort | null) => void
  onOpen?: (row: Row) => void
  selected?: ReadonlySet<string>
  onSelect?: (key: string) => void
  onHover?: (key: string | null) => void
  /** More classes for a row: `base`, `group`. */
  look?: (row: Row) => string
}

/** Thousands of rows at fixed height: only those in sight exist. `j k` and arrows move, `Enter` opens, `x` selects. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(-1)
  const rowHeight = useRowHeight(scroller)
  const columns = useVisibleColumns(props.columns)
  const visible = useVisibleRows(scroller, rowHeight, props.rows.length)
  const template = templateOf(columns)

  const move = (by: number) => {
    const next = Math.min(props.rows.length - 1, Math.max(0, active + by))
    setActive(next)
    if (scroller.current !== null) reveal(scroller.current, next, rowHeight)
  }
  const moveRef = useRef(move)
  useEffect(() => {
    moveRef.current = move
  })
  useShortcuts(
    useMemo(
      () => [
        { keys: 'j', says: 'Next row', act: () => moveRef.current(1) },
        { keys: 'k', says: 'Previous row', act: () => moveRef.current(-1) },
      ],
      [],
    ),
  )

  const onKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    const row = props.rows[active]
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key]
    if (step !== undefined) move(step)
    else if (event.key === 'Enter' && row !== undefined) props.onOpen?.(row)
    else if ((event.key === 'x' || event.key === ' ') && row !== undefined) props.onSelect?.(props.rowKey(row))
    else return
    event.preventDefault()
  }

  // One listener for all rows; links and buttons inside a row keep their own meaning.
  const onClick = (event: MouseEvent) => {
    const index = Number(
      event.target instanceof Element ? event.target.closest('[data-index]')?.getAttribute('data-index') : Number.NaN,
    )
    const row = props.rows[index]
    if (row === undefined) return
    setActive(index)
    if (event.target instanceof Element && event.target.closest('a,button,input,label') === null) props.onOpen?.(row)
  }

  return (
    <div
      className="grid"
      ref={scroller}
      role="grid"
      aria-label={props.name}
      aria-rowcount={(props.total ?? props.rows.length) + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      onKeyDown={onKey}
      onClick={onClick}
      aria-activedescendant={active < 0 ? undefined : `row-${active}`}
    >
      <div className="grid-inner">
        <HeadRows {...headProps(props, columns, template)} />
        <div className="grid-rows" role="rowgroup" style={{ height: props.rows.length * rowHeight }}>
          {props.rows.slice(visible.from, visible.to).map((row, offset) => {
            const index = visible.from + offset
            const key = props.rowKey(row)
            return (
              <div
                key={key}
                id={`row-${index}`}
                data-index={index}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={props.selected?.has(key) === true}
                className={`grid-row ${index === active ? 'active' : ''} ${props.look?.(row) ?? ''}`}
                style={{
                  gridTemplateColumns: template,
                  height: rowHeight,
                  transform: `translateY(${index * rowHeight}px)`,
                }}
                onPointerEnter={props.onHover === undefined ? undefined : () => props.onHover?.(key)}
                onPointerLeave={props.onHover === undefined ? undefined : () => props.onHover?.(null)}
              >
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={column.end === true ? 'end num' : ''}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

function headProps<Row>(props: DataTableProps<Row>, columns: readonly Column<Row>[], template: string): HeadProps<Row> {
  return {
    columns,
    template,
    sort: props.sort ?? null,
    ...(props.onSort === undefined ? {} : { onSort: props.onSort }),
  }
}

/** Scrolls a row into sight below the head, and keeps the keys with the table. */
function reveal(scroller: HTMLElement, index: number, rowHeight: number): void {
  const head = scroller.querySelector('.grid-head')?.clientHeight ?? 0
  const top = index * rowHeight
  if (top < scroller.scrollTop) scroller.scrollTop = top
  else if (top + rowHeight + head > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = top + rowHeight + head - scroller.clientHeight
  scroller.focus({ preventScroll: true })
}
