import { randomFillSync } from 'node:crypto'

const poolBytes = 8192
const pool = Buffer.allocUnsafe(poolBytes)
let used = poolBytes

/** Random bytes from the system's generator, fetched 8 KiB at a time: ids are made thousands of times a second. */
export function randomBytesOf(count: number): Buffer {
  if (used + count > poolBytes) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  // A copy: the pool is overwritten later.
  return Buffer.from(pool.subarray(used - count, used))
}
