import { describe, expect, it } from 'vitest'
import { addMoments, type Moments, noMoments, proportionMoments } from '../intervals/moments.ts'
import { createRandom, type Random } from '../random.ts'
import { proportionConfidenceSequence } from './confidence-sequence.ts'
import { type Direction, guardrail, guardrailSampleSize } from './guardrail.ts'

/** A simulated rollout: what arrives on each arm between two looks, and how often each arm is right. */
type Rollout = {
  name: string
  looks: number
  championBatch: (look: number) => number
  canaryBatch: (look: number) => number
  championRate: (look: number) => number
  canaryRate: (look: number) => number
  direction: Direction
  grouped?: boolean
}

const rollouts = 1000
const alpha = 0.05

function batch(random: Random, count: number, rate: number): Moments {
  let successes = 0
  for (let index = 0; index < count; index += 1) successes += random() < rate ? 1 : 0
  return proportionMoments(successes, count)
}

/** True when any look of this rollout says 'fail'. */
function rollsBack(plan: Rollout, random: Random): boolean {
  const champion: Moments[] = []
  const canary: Moments[] = []
  for (let look = 0; look < plan.looks; look += 1) {
    const group = plan.grouped === true ? look : 0
    champion[group] = addMoments(
      champion[group] ?? noMoments,
      batch(random, plan.championBatch(look), plan.championRate(look)),
    )
    canary[group] = addMoments(canary[group] ?? noMoments, batch(random, plan.canaryBatch(look), plan.canaryRate(look)))
    if (guardrail({ champion, canary, direction: plan.direction, limit: 0, alpha }).verdict === 'fail') return true
  }
  return false
}

function rollbackShare(plan: Rollout): number {
  let count = 0
  for (let rollout = 0; rollout < rollouts; rollout += 1)
    count += rollsBack(plan, createRandom(plan.name, rollout)) ? 1 : 0
  console.info(`${plan.name}: ${count} of ${rollouts} rollouts rolled back`)
  return count / rollouts
}

const always = (value: number) => (): number => value

function equalVersions(
  name: string,
  rate: number,
  batches: [champion: number, canary: number],
  direction: Direction,
): Rollout {
  return {
    name,
    looks: 100,
    championBatch: always(batches[0]),
    canaryBatch: always(batches[1]),
    championRate: always(rate),
    canaryRate: always(rate),
    direction,
  }
}

describe('a guardrail looked at after every batch', () => {
  it.each([
    equalVersions('A/A, accuracy 0.85, half of the traffic', 0.85, [100, 100], 'maximize'),
    equalVersions('A/A, accuracy 0.85, a twentieth of the traffic', 0.85, [190, 10], 'maximize'),
    equalVersions('A/A, errors 1 in 100', 0.01, [150, 50], 'minimize'),
    equalVersions('A/A, errors 1 in 1,000', 0.001, [150, 50], 'minimize'),
  ])('$name: rolls back at most at the nominal 5 %', (plan) => {
    expect(rollbackShare(plan)).toBeLessThanOrEqual(alpha)
  })

  it('keeps the nominal rate when accuracy falls for both while the share grows, compared within groups', () => {
    const share = (look: number): number => [0.05, 0.25, 0.5][Math.floor(look / 20)] ?? 0.5
    const drifting = (look: number): number => 0.85 - look / 600
    const plan: Rollout = {
      name: 'A/A, drifting accuracy, growing share',
      looks: 60,
      championBatch: (look) => Math.round(200 * (1 - share(look))),
      canaryBatch: (look) => Math.round(200 * share(look)),
      championRate: drifting,
      canaryRate: drifting,
      direction: 'maximize',
      grouped: true,
    }
    expect(rollbackShare(plan)).toBeLessThanOrEqual(alpha)
  })

  it.each([
    { share: 0.5, canaryTotal: 11_500 },
    { share: 0.1, canaryTotal: 6_400 },
  ])(
    'finds a loss of two points of accuracy in at least 90 % by $canaryTotal canary predictions at share $share',
    ({ share, canaryTotal }) => {
      const looks = 50
      const canaryBatch = canaryTotal / looks
      const plan: Rollout = {
        ...equalVersions(
          `0.85 to 0.83, share ${share}, ${canaryTotal} on the canary`,
          0.85,
          [(canaryBatch * (1 - share)) / share, canaryBatch],
          'maximize',
        ),
        looks,
        canaryRate: always(0.83),
      }
      expect(rollbackShare(plan)).toBeGreaterThanOrEqual(0.9)
      const planned = guardrailSampleSize({ loss: 0.02, limit: 0, variance: 0.83 * 0.17, canaryShare: share })
      expect(planned / canaryTotal).toBeGreaterThan(0.9)
      expect(planned / canaryTotal).toBeLessThan(1.1)
    },
  )
})

describe('the always-valid interval of a proportion', () => {
  it.each([0.5, 0.02])('covers %d at every look in at least 95 % of 1,000 streams', (rate) => {
    let missed = 0
    for (let stream = 0; stream < rollouts; stream += 1) {
      const random = createRandom('coverage', rate, stream)
      let seen = noMoments
      let covered = true
      for (let look = 0; look < 60 && covered; look += 1) {
        seen = addMoments(seen, batch(random, 1 + look * 2, rate))
        const { lower, upper } = proportionConfidenceSequence(seen.sum, seen.count, alpha)
        covered = lower <= rate && rate <= upper
      }
      missed += covered ? 0 : 1
    }
    expect(missed / rollouts).toBeLessThanOrEqual(alpha)
  })
})
