import { describe, expect, it } from 'vitest'
import { disagreements, readGolden } from '../golden/read-golden.ts'
import { addMoments, type Moments, noMoments, proportionMoments } from '../intervals/moments.ts'
import { createRandom, normalVariate, type Random } from '../random.ts'
import { mixtureLikelihoodRatio, sequentialTest, twoSidedMixtureRadius } from './sequential-test.ts'

interface Golden {
  readonly alpha: number
  readonly cases: readonly { estimate: number; information: number; effect: number; ratio: number; radius: number }[]
}

const experiments = 1000
const alpha = 0.05

/** True when any of the looks finds a difference. */
function findsOne(
  arm: (of: 'reference' | 'treatment', random: Random) => Moments,
  looks: number,
  seed: string,
): boolean {
  const random = createRandom(seed)
  let [reference, treatment] = [noMoments, noMoments]
  for (let look = 0; look < looks; look += 1) {
    reference = addMoments(reference, arm('reference', random))
    treatment = addMoments(treatment, arm('treatment', random))
    const { lower, upper, pValue } = sequentialTest(
      { reference: [reference], treatment: [treatment] },
      { alpha, effect: 0.02, range: [0, 1] },
    )
    if ((lower > 0 || upper < 0) !== pValue < alpha) throw new Error('the interval and the p-value disagree')
    if (pValue < alpha) return true
  }
  return false
}

function share(name: string, looks: number, arm: (of: 'reference' | 'treatment', random: Random) => Moments): number {
  let found = 0
  for (let run = 0; run < experiments; run += 1) found += findsOne(arm, looks, `${name} ${run}`) ? 1 : 0
  console.info(`${name}: a difference was found in ${found} of ${experiments}`)
  return found / experiments
}

function yesNo(random: Random, count: number, rate: number): Moments {
  let successes = 0
  for (let index = 0; index < count; index += 1) successes += random() < rate ? 1 : 0
  return proportionMoments(successes, count)
}

function values(random: Random, count: number, mean: number): Moments {
  let moments = noMoments
  for (let index = 0; index < count; index += 1) {
    const value = normalVariate(random, mean, 0.3)
    moments = addMoments(moments, { count: 1, sum: value, sumSquares: value * value })
  }
  return moments
}

describe('the sequential test of two arms', () => {
  it('agrees with the mixture integrated numerically', () => {
    const golden = readGolden<Golden>('sequential')
    const found = golden.cases.flatMap(({ estimate, information, effect, ratio, radius }) => [
      [
        `ratio ${estimate} ${information} ${effect}`,
        mixtureLikelihoodRatio(estimate, information, effect),
        ratio,
      ] as const,
      [`radius ${information} ${effect}`, twoSidedMixtureRadius(information, golden.alpha, effect), radius] as const,
    ])
    expect(disagreements(found)).toEqual([])
  })
  it('finds a difference between equal arms in at most 5 % of a thousand experiments, looked at a hundred times each', () => {
    expect(share('A/A, conversion 10 %', 100, (_of, random) => yesNo(random, 100, 0.1))).toBeLessThan(alpha)
    expect(
      share('A/A, conversion 50 %, a tenth of the traffic', 100, (of, random) =>
        yesNo(random, of === 'treatment' ? 20 : 180, 0.5),
      ),
    ).toBeLessThan(alpha)
    expect(share('A/A, values', 50, (_of, random) => values(random, 50, 1))).toBeLessThan(alpha)
  }, 60_000)
  it('finds two points of conversion in at least 90 % by 20,000 on each arm', () => {
    const found = share('A/B, 10 % against 12 %', 200, (of, random) =>
      yesNo(random, 100, of === 'treatment' ? 0.12 : 0.1),
    )
    expect(found).toBeGreaterThan(0.9)
  }, 60_000)
  it('says nothing before there is anything to compare', () => {
    const test = sequentialTest({ reference: [noMoments], treatment: [noMoments] }, { alpha, effect: 0.02 })
    expect(test.pValue).toBe(1)
    expect(test.lower > 0 || test.upper < 0).toBe(false)
  })
})
