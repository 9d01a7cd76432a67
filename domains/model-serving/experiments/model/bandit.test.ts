import type { Moments } from '@millrace/statistics'
import { addMoments, createRandom, noMoments, normalVariate } from '@millrace/statistics'
import { describe, expect, it } from 'vitest'
import type { BanditState } from './bandit.ts'
import { banditWeights } from './bandit.ts'

type Strategy = BanditState['strategy']
const rates = [0.05, 0.06, 0.09]
const rounds = 30
const perRound = 1000

/** What is lost against always showing the best arm, over a simulated hour. */
function regretOf(strategy: Strategy | undefined, seed: string, pull: (arm: number, random: () => number) => number) {
  const random = createRandom(seed)
  let arms: Moments[] = rates.map(() => noMoments)
  let weights: readonly number[] = rates.map(() => 100 / rates.length)
  let regret = 0
  for (let round = 0; round < rounds; round += 1) {
    const seen = rates.map(() => ({ count: 0, sum: 0, sumSquares: 0 }))
    for (let request = 0; request < perRound; request += 1) {
      const arm = chosen(weights, random())
      const value = pull(arm, random)
      regret += 0.09 - (rates[arm] ?? 0)
      const moments = seen[arm]
      if (moments === undefined) continue
      moments.count += 1
      moments.sum += value
      moments.sumSquares += value * value
    }
    arms = arms.map((moments, arm) => addMoments(moments, seen[arm] ?? noMoments))
    if (strategy !== undefined) weights = banditWeights({ strategy, arms, better: 'higher', random }).weights
  }
  return { regret, weights }
}

function chosen(weights: readonly number[], point: number): number {
  let rest = point * 100
  return Math.max(
    0,
    weights.findIndex((weight) => (rest -= weight) < 0),
  )
}

const yesNo = (arm: number, random: () => number): number => (random() < (rates[arm] ?? 0) ? 1 : 0)
const valued = (arm: number, random: () => number) => normalVariate(random, rates[arm] ?? 0, 0.2)

describe('a bandit', () => {
  const thompson: Strategy = { kind: 'thompson', outcome: 'beta', everyMs: 60_000, leastWeight: 1 }
  const normal: Strategy = { kind: 'thompson', outcome: 'normal', everyMs: 60_000, leastWeight: 1 }
  const greedy: Strategy = { kind: 'epsilon-greedy', epsilon: 0.1, everyMs: 60_000 }

  it('loses far less than equal shares do', () => {
    const seeds = Array.from({ length: 3 }, (_, index) => `run ${index}`)
    const mean = (strategy: Strategy | undefined, pull = yesNo) =>
      seeds.reduce((sum, seed) => sum + regretOf(strategy, seed, pull).regret, 0) / seeds.length
    const uniform = mean(undefined)
    const losses = { thompson: mean(thompson), greedy: mean(greedy), normal: mean(normal, valued) }
    console.info('regret of 30,000 requests', { uniform, ...losses })
    expect(losses.thompson).toBeLessThan(uniform * 0.35)
    expect(losses.greedy).toBeLessThan(uniform * 0.5)
    expect(losses.normal).toBeLessThan(uniform * 0.35)
  })
  it('ends with the best arm, and keeps the others alive', () => {
    const { weights } = regretOf(thompson, 'end', yesNo)
    expect(weights[2]).toBeGreaterThan(90)
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(1)
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(100, 9)
  })
  it('divides evenly until every arm was tried, and prefers the lower where lower is better', () => {
    const arms = [{ count: 50, sum: 10, sumSquares: 10 }, noMoments]
    expect(banditWeights({ strategy: greedy, arms, better: 'higher', random: createRandom(1) }).weights).toEqual([
      50, 50,
    ])
    const both = [
      { count: 50, sum: 10, sumSquares: 10 },
      { count: 50, sum: 20, sumSquares: 20 },
    ]
    expect(banditWeights({ strategy: greedy, arms: both, better: 'lower', random: createRandom(1) }).weights).toEqual([
      95, 5,
    ])
  })
})
