import { describe, expect, it } from 'vitest'
import { latencyDifference } from './latency-difference.ts'
import { createLatencyHistogram } from './latency-histogram.ts'

describe('the difference of two states of a latency histogram', () => {
  it('is what was recorded in between, within a bucket’s width', () => {
    const histogram = createLatencyHistogram()
    for (let ms = 1; ms <= 100; ms += 1) histogram.record(ms)
    const earlier = histogram.toJSON()
    for (let ms = 10; ms < 20; ms += 1) histogram.record(ms)
    const between = createLatencyHistogram(latencyDifference(histogram.toJSON(), earlier))
    expect(between.count()).toBe(10)
    expect(between.mean()).toBeCloseTo(14.5, 9)
    expect(Math.abs(between.quantile(1) / 19 - 1)).toBeLessThan(1 / 64)
    expect(Math.abs(between.quantile(0) / 10 - 1)).toBeLessThan(1 / 64)
  })
  it('of equal states is empty', () => {
    const json = createLatencyHistogram().toJSON()
    expect(latencyDifference(json, json)).toEqual({ version: 1, buckets: [], sum: 0, min: 0, max: 0 })
  })
})
