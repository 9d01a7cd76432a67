import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react'
import { useShortcuts } from '../shell/keys/shortcuts.tsx'
import { useColumnWindow, type LaidColumn } from './column-window.ts'
import { templateOf, type Column, type Sort } from './column.ts'
import { GridRow } from './grid-row.tsx'
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
  /** In place of `sort` and `onSort` where several columns may sort: the first first; `Shift` adds one. */
  sorts?: readonly Sort[]
  onSorts?: (sorts: readonly Sort[]) => void
  onOpen?: (row: Row) => void
  selected?: ReadonlySet<string>
  onSelect?: (key: string) => void
  onHover?: (key: string | null) => void
  /** Hears which columns are drawn, so that what they show can be fetched; keep it stable between renders. */
  onColumns?: (ids: readonly string[]) => void
  /** More classes for a row: `base`, `group`. */
  look?: (row: Row) => string
}

/** Thousands of rows and columns of fixed size: only those in sight exist. `j k` and arrows move, `Enter` opens, `x` selects. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(-1)
  const rowHeight = useRowHeight(scroller)
  const kept = useVisibleColumns(props.columns)
  const columns = useColumnWindow(scroller, kept)
  const { onColumns } = props
  const drawn = columns.map(({ id }) => id).join('\n')
  useEffect(() => onColumns?.(drawn.split('\n')), [onColumns, drawn])
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
      aria-colcount={kept.length}
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
              <GridRow
                key={key}
                row={row}
                rowKey={key}
                index={index}
                columns={columns}
                template={template}
                height={rowHeight}
                active={index === active}
                selected={props.selected?.has(key) === true}
                look={props.look?.(row) ?? ''}
                onHover={props.onHover}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

function headProps<Row>(
  { sort, onSort, sorts, onSorts }: DataTableProps<Row>,
  columns: readonly LaidColumn<Row>[],
  template: string,
): HeadProps<Row> {
  const single = onSort === undefined ? undefined : (next: readonly Sort[]) => onSort(next.at(-1) ?? null)
  const change = onSorts ?? single
  return {
    columns,
    template,
    sorts: sorts ?? (sort === null || sort === undefined ? [] : [sort]),
    ...(change === undefined ? {} : { onSorts: change }),
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
