import { useLayoutEffect, useState, type RefObject } from 'react'

/** Rows drawn beyond what is in sight, so that a quick scroll meets no gap. */
const BEYOND = 12

export interface VisibleRows {
  from: number
  /** One after the last. */
  to: number
}

/** Which rows of fixed height are in sight. */
export function rowsInSight(scrollTop: number, viewHeight: number, rowHeight: number, count: number): VisibleRows {
  const first = Math.floor(scrollTop / rowHeight)
  const shown = Math.ceil(viewHeight / rowHeight)
  const to = Math.min(count, Math.max(0, first + shown + BEYOND))
  return { from: Math.min(to, Math.max(0, first - BEYOND)), to }
}

/** Follows the scroll of an element; renders anew only when a row comes or goes, a few at a time. */
export function useVisibleRows(scroller: RefObject<HTMLElement | null>, rowHeight: number, count: number): VisibleRows {
  const [rows, setRows] = useState<VisibleRows>({ from: 0, to: Math.min(count, 60) })
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    const follow = () =>
      setRows((now) => {
        const next = rowsInSight(element.scrollTop, element.clientHeight, rowHeight, count)
        const covered = next.from >= now.from && next.to <= now.to && now.to - now.from <= 3 * (next.to - next.from)
        const enough = Math.abs(next.from - now.from) < BEYOND / 2 && Math.abs(next.to - now.to) < BEYOND / 2
        return covered && enough && now.to <= count ? now : next
      })
    follow()
    const observer = new ResizeObserver(follow)
    observer.observe(element)
    element.addEventListener('scroll', follow, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', follow)
    }
  }, [scroller, rowHeight, count])
  return rows.to <= count ? rows : { from: Math.min(rows.from, count), to: count }
}
