import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { momentsOf, noMoments, proportionMoments } from '../intervals/moments.ts'
import { meanConfidenceSequence, proportionConfidenceSequence } from './confidence-sequence.ts'
import { absoluteGuardrail, guardrail, guardrailSampleSize } from './guardrail.ts'
import { sequentialDifference } from './sequential-difference.ts'

describe('a guardrail', () => {
  it('says nothing before both arms have their minimum', () => {
    const reading = guardrail({
      champion: proportionMoments(900, 1000),
      canary: proportionMoments(0, 99),
      direction: 'maximize',
      limit: 0,
    })
    expect(reading).toMatchObject({ verdict: 'not_enough_data', championCount: 1000, canaryCount: 99 })
  })

  it('fails a canary whose accuracy collapsed, at once', () => {
    const reading = guardrail({
      champion: proportionMoments(850, 1000),
      canary: proportionMoments(50, 100),
      direction: 'maximize',
      limit: 0.02,
    })
    expect(reading.verdict).toBe('fail')
    expect(reading.loss).toBeCloseTo(0.35, 12)
    expect(reading.lower).toBeGreaterThan(0.02)
  })

  it('fails a canary that answers errors', () => {
    const reading = guardrail({
      champion: proportionMoments(1, 5000),
      canary: proportionMoments(40, 200),
      direction: 'minimize',
      limit: 0.01,
    })
    expect(reading.verdict).toBe('fail')
  })

  it('passes once a loss beyond the limit is refuted', () => {
    const reading = guardrail({
      champion: proportionMoments(85_000, 100_000),
      canary: proportionMoments(84_990, 100_000),
      direction: 'maximize',
      limit: 0.01,
    })
    expect(reading.verdict).toBe('pass')
    expect(reading.upper).toBeLessThan(0.01)
  })

  it('does not take two empty arms or arms without variation for proof', () => {
    const rule = { direction: 'minimize', limit: 0 } as const
    expect(guardrail({ champion: noMoments, canary: noMoments, ...rule }).verdict).toBe('not_enough_data')
    expect(guardrail({ champion: [], canary: [], ...rule }).verdict).toBe('not_enough_data')
    const flat = { champion: proportionMoments(0, 500), canary: proportionMoments(0, 500), ...rule }
    expect(guardrail(flat).verdict).toBe('not_enough_data')
    expect(guardrail({ ...flat, range: null }).verdict).toBe('not_enough_data')
  })

  it('judges latency in milliseconds, without bounds', () => {
    const times = (base: number): number[] => Array.from({ length: 2000 }, (_, index) => base + ((index * 7919) % 13))
    const rule = { direction: 'minimize', limit: 1, effect: 2, range: null } as const
    expect(guardrail({ champion: momentsOf(times(20)), canary: momentsOf(times(23)), ...rule }).verdict).toBe('fail')
    expect(guardrail({ champion: momentsOf(times(20)), canary: momentsOf(times(20)), ...rule }).verdict).toBe('pass')
  })

  it('turns around with the direction', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (left, right) => {
        const arms = { champion: proportionMoments(left, 500), canary: proportionMoments(right, 500), limit: 0 }
        const up = guardrail({ ...arms, direction: 'maximize' })
        const down = guardrail({ ...arms, direction: 'minimize' })
        expect([down.loss, down.lower, down.upper].map((x) => x + 0)).toEqual(
          [-up.loss, -up.upper, -up.lower].map((x) => x + 0),
        )
        expect(down.lower).toBeLessThanOrEqual(down.loss)
        expect(down.upper).toBeGreaterThanOrEqual(down.loss)
      }),
    )
  })

  it('needs four times as many observations for half the distance', () => {
    const wanted = { limit: 0, variance: 0.135, canaryShare: 0.5 }
    const [whole, half] = [
      guardrailSampleSize({ ...wanted, loss: 0.02, effect: 0.02 }),
      guardrailSampleSize({ ...wanted, loss: 0.01, effect: 0.01 }),
    ]
    expect(half / whole).toBeCloseTo(4, 2)
    expect(guardrailSampleSize({ ...wanted, loss: 0 })).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a difference of two arms over groups', () => {
  it('compares within groups, so that a bad day for both is no difference', () => {
    const reference = [proportionMoments(900, 1000), proportionMoments(60, 100)]
    const treatment = [proportionMoments(90, 100), proportionMoments(600, 1000)]
    const options = { alpha: 0.05, effect: 0.02, range: [0, 1] } as const
    expect(sequentialDifference({ reference, treatment }, options).estimate).toBeCloseTo(0, 12)
  })

  it('refuses arms with unlike groups', () => {
    expect(() => sequentialDifference({ reference: [noMoments], treatment: [] }, { alpha: 0.05, effect: 1 })).toThrow(
      RangeError,
    )
  })
})

describe('an absolute guardrail', () => {
  it('is exact: it fails when the whole interval lies beyond the limit', () => {
    expect(absoluteGuardrail({ successes: 30, count: 100, direction: 'minimize', limit: 0.05 }).verdict).toBe('fail')
    expect(absoluteGuardrail({ successes: 0, count: 1000, direction: 'minimize', limit: 0.05 }).verdict).toBe('pass')
    expect(absoluteGuardrail({ successes: 5, count: 100, direction: 'minimize', limit: 0.05 }).verdict).toBe(
      'not_enough_data',
    )
    expect(absoluteGuardrail({ successes: 60, count: 100, direction: 'maximize', limit: 0.9 }).verdict).toBe('fail')
    expect(absoluteGuardrail({ successes: 0, count: 0, direction: 'minimize', limit: 0.05 }).verdict).toBe(
      'not_enough_data',
    )
  })
})

describe('confidence sequences', () => {
  it('are wider than an interval for one look and shrink with data', () => {
    const widths = [100, 1000, 10_000, 100_000].map((count) => {
      const { lower, upper } = proportionConfidenceSequence(count * 0.3, count, 0.05)
      expect(upper - lower).toBeGreaterThan(2 * 1.96 * Math.sqrt(0.21 / count))
      return upper - lower
    })
    expect(widths).toEqual([...widths].sort((left, right) => right - left))
  })

  it('for a mean bound nothing with one observation', () => {
    const options = { alpha: 0.05, effect: 0.1 }
    expect(meanConfidenceSequence(momentsOf([1]), options)).toMatchObject({
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
    })
    const { lower, upper } = meanConfidenceSequence(proportionMoments(300, 1000), { ...options, range: [0, 1] })
    expect(lower).toBeLessThan(0.3 - 1.96 * Math.sqrt(0.21 / 1000))
    expect(upper).toBeGreaterThan(0.3 + 1.96 * Math.sqrt(0.21 / 1000))
  })
})
