import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Comparison, disagreements, readGolden } from '../golden/read-golden.ts'
import { proportionConfidenceSequence } from '../sequential/confidence-sequence.ts'
import { meanInterval } from './mean-interval.ts'
import { addMoments, meanOf, momentsOf, noMoments, proportionMoments, varianceOf } from './moments.ts'
import { clopperPearsonInterval, newcombeInterval, wilsonInterval } from './proportion-interval.ts'

const golden = readGolden<{
  proportions: [number, number, number, number, number, number, number][]
  sample: number[]
  mean: [number, number, number][]
  sequences: [number, number, number, number, number][]
}>('intervals')

describe('intervals agree with scipy to 1e-9', () => {
  it('Wilson and Clopper-Pearson', () => {
    const compared = golden.proportions.flatMap(([successes, count, confidence, low, high, exactLow, exactHigh]) => {
      const wilson = wilsonInterval(successes, count, confidence)
      const exact = clopperPearsonInterval(successes, count, confidence)
      return [
        ['Wilson lower', wilson.lower, low],
        ['Wilson upper', wilson.upper, high],
        ['exact lower', exact.lower, exactLow],
        ['exact upper', exact.upper, exactHigh],
      ] satisfies Comparison[]
    })
    expect(disagreements(compared)).toEqual([])
  })

  it('the mean by Student', () => {
    const compared = golden.mean.flatMap(([confidence, low, high]) => {
      const { lower, upper } = meanInterval(momentsOf(golden.sample), confidence)
      return [
        ['lower', lower, low],
        ['upper', upper, high],
      ] satisfies Comparison[]
    })
    expect(disagreements(compared)).toEqual([])
  })

  it('the always-valid interval of a proportion, solved by Brent in scipy', () => {
    const compared = golden.sequences.flatMap(([successes, count, alpha, low, high]) => {
      const { lower, upper } = proportionConfidenceSequence(successes, count, alpha)
      return [
        ['lower', lower, low],
        ['upper', upper, high],
      ] satisfies Comparison[]
    })
    expect(disagreements(compared)).toEqual([])
  })

  it('Newcombe 1998, table II, method 10: 56/70 against 48/80 and 10/10 against 0/20', () => {
    const first = newcombeInterval({ successes: 56, count: 70 }, { successes: 48, count: 80 })
    expect([first.lower.toFixed(4), first.upper.toFixed(4)]).toEqual(['0.0524', '0.3339'])
    const second = newcombeInterval({ successes: 10, count: 10 }, { successes: 0, count: 20 })
    expect([second.lower.toFixed(4), second.upper.toFixed(4)]).toEqual(['0.6791', '1.0000'])
  })
})

describe('moments', () => {
  it('batches merged give what the whole gives', () => {
    const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 30 })
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        expect(addMoments(momentsOf(left), momentsOf(right))).toEqual(momentsOf([...left, ...right]))
        expect(addMoments(momentsOf(left), noMoments)).toEqual(momentsOf(left))
      }),
    )
  })

  it('mean and variance are those of the textbook', () => {
    const moments = momentsOf([2, 4, 4, 4, 5, 5, 7, 9])
    expect([meanOf(moments), varianceOf(moments)]).toEqual([5, 32 / 7])
    expect(proportionMoments(3, 10)).toEqual(momentsOf([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]))
  })

  it('too little data bounds nothing', () => {
    expect(meanInterval(momentsOf([4]))).toMatchObject({
      estimate: 4,
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
    })
    expect(proportionConfidenceSequence(0, 0, 0.05)).toMatchObject({ lower: 0, upper: 1 })
  })

  it('impossible counts are refused', () => {
    expect(() => wilsonInterval(3, 2)).toThrow(RangeError)
    expect(() => proportionConfidenceSequence(-1, 2, 0.05)).toThrow(RangeError)
  })
})
