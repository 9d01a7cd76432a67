import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLatencyHistogram, type LatencyHistogram, type LatencyHistogramJson } from './latency-histogram.ts'

const durations = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 })

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = createLatencyHistogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe('a latency histogram', () => {
  it('answers every quantile within 0.8 % of the nearest rank', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = Float64Array.from(values).sort()
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN
        expect(Math.abs(histogramOf(values).quantile(q) / exact - 1)).toBeLessThanOrEqual(1 / 128)
      }),
    )
  })

  it('merged parts answer as the whole', () => {
    fc.assert(
      fc.property(durations, durations, (left, right) => {
        const merged = histogramOf(left)
        merged.merge(histogramOf(right))
        const whole = histogramOf([...left, ...right])
        expect(merged.toJSON().buckets).toEqual(whole.toJSON().buckets)
        expect([merged.count(), merged.quantile(0), merged.quantile(1)]).toEqual([
          whole.count(),
          whole.quantile(0),
          whole.quantile(1),
        ])
        expect(merged.mean() / whole.mean()).toBeCloseTo(1, 9)
      }),
    )
  })

  it('survives JSON', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values)
        const stored = JSON.parse(JSON.stringify(histogram)) as LatencyHistogramJson
        const copy = createLatencyHistogram(stored)
        expect(copy.toJSON()).toEqual(histogram.toJSON())
        expect(copy.quantile(0.99)).toBe(histogram.quantile(0.99))
      }),
    )
  })

  it('counts durations up to a limit', () => {
    const histogram = histogramOf([1, 2, 3, 50, 200])
    expect([0.5, 10, 100, 200].map((limit) => histogram.countAtMost(limit))).toEqual([0, 3, 4, 5])
  })

  it('keeps the extremes of what does not fit its buckets', () => {
    const histogram = histogramOf([0, 1e-9, 1e12])
    expect([histogram.quantile(0), histogram.quantile(1), histogram.count()]).toEqual([0, 1e12, 3])
  })

  it('an empty one has no quantiles and survives JSON', () => {
    const empty = createLatencyHistogram(createLatencyHistogram().toJSON())
    expect([empty.quantile(0.5), empty.mean(), empty.count()]).toEqual([Number.NaN, Number.NaN, 0])
    empty.merge(histogramOf([5]))
    expect(empty.toJSON()).toMatchObject({ min: 5, max: 5, sum: 5 })
  })

  it('refuses what is no duration and what it did not write', () => {
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => createLatencyHistogram().record(wrong)).toThrow(RangeError)
    }
    expect(() => createLatencyHistogram({ version: 1, buckets: [[1e9, 1]], sum: 1, min: 1, max: 1 })).toThrow(
      RangeError,
    )
  })
})
