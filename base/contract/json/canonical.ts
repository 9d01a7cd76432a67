/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * Canonical JSON by RFC 8785 (JCS): keys sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space.
 * Members that are undefined are left out. Throws TypeError on NaN, ±Infinity and what JSON cannot carry.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number') return canonicalNumber(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) return canonicalObject(value)
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  throw new TypeError(`Canonical JSON has no form for a ${typeof value}.`)
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`Canonical JSON has no form for ${value}.`)
  return JSON.stringify(value)
}

function canonicalObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
