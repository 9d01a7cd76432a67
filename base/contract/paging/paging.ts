import { z } from 'zod'

/** The query of a list: how many, and where to go on. `pageToken` is opaque. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  pageToken: z.string().max(1024).optional(),
})

/** One page of a list. `nextPageToken` is absent on the last page. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextPageToken: z.string().optional() })
}

/** Writes a page token: JSON in base64url, so that it is opaque and safe in an address. */
export function encodePageToken(position: readonly (string | number)[]): string {
  return btoa(JSON.stringify(position).replace(/[\u0080-\uffff]/g, escapeUnit))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}

/** Reads a page token back; undefined when it is not one of ours. */
export function decodePageToken(token: string): (string | number)[] | undefined {
  try {
    const value: unknown = JSON.parse(atob(token.replaceAll('-', '+').replaceAll('_', '/')))
    return Array.isArray(value) && value.every(isPosition) ? value : undefined
  } catch {
    return undefined
  }
}

/** Cuts rows read with `limit + 1` into a page; `position` names where the next page starts. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  position: (row: R) => readonly (string | number)[],
  show: (row: R) => T,
): { items: T[]; nextPageToken?: string } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items: kept.map(show), ...(more ? { nextPageToken: encodePageToken(position(last)) } : {}) }
}

function isPosition(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
