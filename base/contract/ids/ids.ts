import { z } from 'zod'

/** A thing of the system: its kind (`run`, `model-version`, …) and its id. */
export interface Ref {
  readonly kind: string
  readonly id: string
}

/** Names a thing: `ref('run', id)`. */
export function ref(kind: string, id: string): Ref {
  return { kind, id }
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function timePart(nowMs: number): string {
  let rest = nowMs
  let text = ''
  for (let place = 0; place < 9; place += 1) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/**
 * A sortable, unguessable id: `<prefix>_` + 9 characters of time (ms, base 32) + 16 random characters (80 bits).
 * @param bytes ten random bytes
 */
export function makeId(prefix: string, nowMs: number, bytes: Uint8Array): string {
  let text = `${prefix}_${timePart(nowMs)}`
  let bits = 0
  let value = 0
  for (const byte of bytes.subarray(0, 10)) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet.charAt((value >> bits) & 31)
    }
    value &= (1 << bits) - 1
  }
  return text
}

/** The schema of an id: 1 to 128 visible characters without slashes; branded by `kind` in TypeScript. */
export function id<const K extends string>(kind: K) {
  return z
    .string()
    .min(1)
    .max(128)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, `is not the id of a ${kind}`)
    .brand<K>()
}

/** A name people type: lower case, digits, `-`, `_`, `.`; 1 to 128 characters. */
export const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'use lower-case letters, digits, "-", "_" and "."')

/** A name that may carry `/` (data sets and experiments). */
export const PathName = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/,
    'use lower-case letters, digits, "-", "_", "." and single "/" between parts',
  )

/** Epoch milliseconds, UTC. */
export const EpochMs = z.int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000)
