import { decodePageToken, encodePageToken } from '@millrace/contract'
import type { Order } from '../../model/filter.ts'
import type { Cursor, CursorKey } from './run-search.ts'

/** Writes where the next page starts. It is bound to the order it was made in. */
export function tokenOf(cursor: Cursor, orders: readonly Order[]): string {
  const keys = cursor.keys.flatMap(({ rank, value }) => [rank, written(value)])
  return encodePageToken([orderName(orders), ...keys, cursor.startedAtMs, cursor.id])
}

/** Reads a token back; undefined when it is none of ours, or of another order. */
export function cursorOf(token: string, orders: readonly Order[]): Cursor | undefined {
  const parts = decodePageToken(token)
  if (parts === undefined || parts.length !== 3 + 2 * orders.length) return undefined
  const [order, ...rest] = parts
  const id = rest.pop()
  const startedAtMs = rest.pop()
  if (order !== orderName(orders) || typeof id !== 'string' || typeof startedAtMs !== 'number') return undefined
  const keys: CursorKey[] = []
  for (let at = 0; at < rest.length; at += 2) {
    const key = keyOf(rest[at], rest[at + 1])
    if (key === undefined) return undefined
    keys.push(key)
  }
  return { keys, startedAtMs, id }
}

function keyOf(rank: unknown, value: unknown): CursorKey | undefined {
  if (rank !== 0 && rank !== 1 && rank !== 2) return undefined
  if (typeof value !== 'string') return undefined
  const rest = value.slice(1)
  if (value.startsWith('n')) return Number.isNaN(Number(rest)) ? undefined : { rank, value: Number(rest) }
  if (value.startsWith('t')) return { rank, value: rest }
  return value === '' ? { rank, value: null } : undefined
}

// JSON has no infinities, so numbers go as text.
function written(value: string | number | null): string {
  if (value === null) return ''
  return typeof value === 'number' ? `n${value}` : `t${value}`
}

function orderName(orders: readonly Order[]): string {
  return orders.map(({ entity, key, descending }) => `${entity}.${key}${descending ? '-' : '+'}`).join(',')
}
