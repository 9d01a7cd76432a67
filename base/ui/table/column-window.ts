import { useLayoutEffect, useMemo, useState, type RefObject } from 'react'
import type { Column } from './column.ts'

/** A column as the table lays it out: where it stands among all, or a gap that stands for those out of sight. */
export interface LaidColumn<Row> extends Column<Row> {
  /** From 1, as `aria-colindex` counts. */
  place: number
  gap?: true
}

/** Fewer are all drawn: a window would only cost. */
const FEW = 30
/** Pixels drawn beyond what is in sight, so that a quick scroll meets no gap. */
const BEYOND = 480

interface Sight {
  from: number
  /** One after the last. */
  to: number
}

/** The columns, without the first, that lie between two pixels of the scrolled width. */
export function columnsInSight(widths: readonly number[], left: number, right: number): Sight {
  let [at, from, to] = [0, widths.length, 0]
  for (const [place, width] of widths.entries()) {
    if (at + width >= left && at <= right) {
      from = Math.min(from, place)
      to = place + 1
    }
    at += width
  }
  return from >= to ? { from: 0, to: 0 } : { from, to }
}

/** All columns of a small table; of a wide one the first, which stays in sight, and those between the edges, with a gap on either side. */
export function useColumnWindow<Row>(
  scroller: RefObject<HTMLElement | null>,
  columns: readonly Column<Row>[],
): readonly LaidColumn<Row>[] {
  const wide = columns.length > FEW
  const widths = useMemo(() => columns.slice(1).map((column) => column.width), [columns])
  const [sight, setSight] = useState<Sight>({ from: 0, to: FEW })
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null || !wide) return undefined
    const follow = () =>
      setSight((now) => {
        const { scrollLeft, clientWidth } = element
        const next = columnsInSight(widths, scrollLeft - BEYOND, scrollLeft + clientWidth + BEYOND)
        const needed = columnsInSight(widths, scrollLeft, scrollLeft + clientWidth)
        const covered = needed.from >= now.from && needed.to <= now.to && now.to - now.from <= 2 * (next.to - next.from)
        return covered ? now : next
      })
    follow()
    const observer = new ResizeObserver(follow)
    observer.observe(element)
    element.addEventListener('scroll', follow, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', follow)
    }
  }, [scroller, widths, wide])
  return useMemo(() => (wide ? windowed(columns, widths, sight) : columns.map(inPlace)), [wide, columns, widths, sight])
}

function inPlace<Row>(column: Column<Row>, at: number): LaidColumn<Row> {
  return { ...column, place: at + 1 }
}

function windowed<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  { from, to }: Sight,
): LaidColumn<Row>[] {
  const sum = (some: readonly number[]) => some.reduce((total, width) => total + width, 0)
  const laid = columns.map((column, at) => {
    // Every width is fixed here, so that what is out of sight can be counted.
    const { grow: _grow, ...fixed } = inPlace(column, at)
    return fixed
  })
  const gap = (id: string, width: number): LaidColumn<Row> => ({
    id,
    head: '',
    width,
    place: 0,
    gap: true,
    cell: () => null,
  })
  return [
    ...laid.slice(0, 1),
    gap('gap before', sum(widths.slice(0, from))),
    ...laid.slice(from + 1, to + 1),
    gap('gap after', sum(widths.slice(to))),
  ]
}
