import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../model/tensor.ts'
import { cacheKeyOf, createResponseCache } from './response-cache.ts'

const tensor = (...values: number[]): Tensor => ({
  name: 'x',
  datatype: 'FP32',
  shape: [values.length, 1],
  data: Float32Array.from(values),
})

describe('the response cache', () => {
  it('tells versions, shapes and values apart', () => {
    const keys = [
      cacheKeyOf('a', [tensor(1, 2)]),
      cacheKeyOf('b', [tensor(1, 2)]),
      cacheKeyOf('a', [tensor(1)]),
      cacheKeyOf('a', [tensor(1), tensor(2)]),
      cacheKeyOf('a', [{ ...tensor(1, 2), shape: [1, 2] }]),
      cacheKeyOf('a', [{ name: 'x', datatype: 'BYTES', shape: [2], data: ['a', 'b'] }]),
      cacheKeyOf('a', [{ name: 'x', datatype: 'BYTES', shape: [2], data: ['a","b', ''] }]),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(cacheKeyOf('a', [tensor(1, 2)])).toBe(keys[0])
  })
  it('forgets after its time, and the longest unused when it is full', () => {
    const clock = { nowMs: 0 }
    const cache = createResponseCache({ maxBytes: 1000, ttlMs: 100 }, () => clock.nowMs)
    cache.put('a', [tensor(1)])
    cache.put('b', [tensor(2)])
    expect(cache.get('a')).toEqual([tensor(1)])
    cache.put('c', [tensor(3)])
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([[tensor(1)], undefined, [tensor(3)]])
    expect(cache.sizeBytes()).toBeLessThanOrEqual(1000)
    clock.nowMs = 100
    expect(cache.get('a')).toBeUndefined()
  })
  it('keeps copies of rows, not the batch they came in, and nothing that is larger than itself', () => {
    const cache = createResponseCache({ maxBytes: 10_000, ttlMs: 100 }, () => 0)
    const batch = new Float32Array(1000)
    cache.put('a', [{ ...tensor(1), data: batch.subarray(5, 6) }])
    batch[5] = 9
    expect(cache.get('a')?.[0]?.data).toEqual(Float32Array.of(0))
    cache.put('b', [tensor(...Array.from({ length: 5000 }, () => 1))])
    expect(cache.get('b')).toBeUndefined()
    cache.put('a', [tensor(2)])
    expect(cache.sizeBytes()).toBe(404)
  })
})
