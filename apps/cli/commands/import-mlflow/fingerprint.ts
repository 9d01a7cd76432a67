import { createHash } from 'node:crypto'

/** What tells whether a thing changed at its source since it was taken: a digest of what it says. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 32)
}
