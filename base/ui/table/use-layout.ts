import { useLayoutEffect, useMemo, useState, useSyncExternalStore, type RefObject } from 'react'
import type { Column } from './column.ts'

const PHONE = '(max-width: 900px)'

function watchPhone(notify: () => void): () => void {
  const query = matchMedia(PHONE)
  query.addEventListener('change', notify)
  return () => query.removeEventListener('change', notify)
}

/** Whether the page is laid out for a phone. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(watchPhone, () => matchMedia(PHONE).matches)
}

/** On a phone only the columns kept for it. */
export function useVisibleColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const phone = useIsPhone()
  return useMemo(() => (phone ? columns.filter((column) => column.phone === true) : columns), [phone, columns])
}

/** The row height that the density sets, in pixels. */
export function useRowHeight(element: RefObject<HTMLElement | null>): number {
  const phone = useIsPhone()
  const [height, setHeight] = useState(30)
  useLayoutEffect(() => {
    if (element.current === null) return
    const set = Number.parseInt(getComputedStyle(element.current).getPropertyValue('--row'), 10)
    if (Number.isFinite(set)) setHeight(set)
  }, [element, phone])
  return height
}
