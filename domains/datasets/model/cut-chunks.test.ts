import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChunkSizes } from './cut-chunks.ts'
import { chunkSizesFor, cutPoint } from './cut-chunks.ts'

/** Pseudo-random bytes that are the same on every machine. */
function bytesOf(seed: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count)
  let state = seed | 1
  for (let at = 0; at < count; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[at] = state >>> 24
  }
  return bytes
}

function cut(bytes: Uint8Array, sizes: ChunkSizes = chunkSizesFor(bytes.byteLength)): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength;) {
    const end = cutPoint(bytes, at, bytes.byteLength, sizes)
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return chunks
}

const digests = (chunks: Uint8Array[]) => chunks.map((chunk) => hash('sha256', chunk))

describe('cutting chunks', () => {
  it('always cuts the same bytes at the same places, which are part of the format', () => {
    const bytes = bytesOf(7, 1_000_000)
    const lengths = cut(bytes).map((chunk) => chunk.byteLength)
    expect(lengths).toEqual(cut(Uint8Array.from(bytes)).map((chunk) => chunk.byteLength))
    expect(lengths).toMatchInlineSnapshot(`
      [
        86916,
        107322,
        84764,
        66555,
        80053,
        69607,
        101189,
        79045,
        58538,
        69671,
        31066,
        74041,
        74118,
        17115,
      ]
    `)
  })
  it('keeps to the least and the greatest length, and to about the average', () => {
    const sizes = chunkSizesFor(0)
    const chunks = cut(bytesOf(3, 20_000_000))
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk.byteLength).toBeGreaterThan(sizes.minimum)
      expect(chunk.byteLength).toBeLessThanOrEqual(sizes.maximum)
    }
    const average = 20_000_000 / chunks.length
    expect(average).toBeGreaterThan(sizes.average * 0.8)
    expect(average).toBeLessThan(sizes.average * 1.5)
  })
  it('cuts bytes without any variety at the greatest length', () => {
    expect(cut(new Uint8Array(600_000)).map((chunk) => chunk.byteLength)).toEqual([262_144, 262_144, 75_712])
  })
  it('changes only the chunks near an edit, wherever and whatever it is', () => {
    const before = bytesOf(11, 1_500_000)
    const known = new Set(digests(cut(before)))
    fc.assert(
      fc.property(fc.nat(1_499_999), fc.nat(5000), fc.uint8Array({ maxLength: 5000 }), (at, removed, added) => {
        const after = Buffer.concat([before.subarray(0, at), added, before.subarray(at + removed)])
        const chunks = cut(after)
        expect(Buffer.concat(chunks).equals(after)).toBe(true)
        const fresh = digests(chunks).filter((digest) => !known.has(digest))
        // The chunk that was edited, and those until a boundary falls where one was: two as a rule.
        expect(fresh.length).toBeLessThanOrEqual(12)
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })
  it('does not depend on how much of the file is at hand, as long as it is the greatest length', () => {
    const bytes = bytesOf(5, 2_000_000)
    const sizes = chunkSizesFor(bytes.byteLength)
    for (let at = 0; at < 1_500_000;) {
      const near = cutPoint(bytes, at, at + sizes.maximum, sizes)
      expect(near).toBe(cutPoint(bytes, at, bytes.byteLength, sizes))
      at = near
    }
  })
  it('takes longer chunks for very large files', () => {
    expect(chunkSizesFor(5 * 1024 ** 3).average).toBe(1_048_576)
  })
})
