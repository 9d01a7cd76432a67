import { randomFillSync } from 'node:crypto'

/** Twelve random bytes at a time, drawn from the system's source four kilobytes at once. They are used before the next call. */
export function randomBytesFromPool(): () => Uint8Array {
  const pool = Buffer.allocUnsafe(4092)
  let at = pool.length
  return () => {
    if (at >= pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += 12
    return pool.subarray(at - 12, at)
  }
}
