import type { Order } from '../../model/filter.ts'
import type { CursorKey, Found } from './run-search.ts'

/** Compares found runs as the stores order them. */
export function inOrder(orders: readonly Order[]): (a: Found, b: Found) => number {
  return (a, b) => {
    for (const [place, { descending }] of orders.entries()) {
      const compared = compareKeys(a.cursor.keys[place], b.cursor.keys[place], descending)
      if (compared !== 0) return compared
    }
    const started = b.cursor.startedAtMs - a.cursor.startedAtMs
    return started === 0 ? compareTexts(a.id, b.id) : started
  }
}

const none: CursorKey = { rank: 2, value: null }

function compareKeys(a: CursorKey = none, b: CursorKey = none, descending: boolean): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  const compared = compareValues(a.value, b.value)
  return descending ? -compared : compared
}

function compareValues(a: CursorKey['value'], b: CursorKey['value']): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  return typeof a === 'string' && typeof b === 'string' ? compareTexts(a, b) : 0
}

/** By code points, as UTF-8 sorts; UTF-16 would put the rare planes among the common ones. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
