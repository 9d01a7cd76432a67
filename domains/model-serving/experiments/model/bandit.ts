import type { Moments, Random } from '@millrace/statistics'
import { betaVariate, meanOf, normalVariate, varianceOf } from '@millrace/statistics'
import type { ExperimentStrategy } from './experiment.ts'

/** What a bandit decides by: the values of each arm so far, all arms in the same order as the weights. */
export interface BanditState {
  readonly strategy: Exclude<ExperimentStrategy, { kind: 'fixed' }>
  readonly arms: readonly Moments[]
  readonly better: 'higher' | 'lower'
  readonly random: Random
}

/** `weights` are percent and add up to 100; `chances` that each arm is the best, where the strategy knows them. */
export interface BanditWeights {
  readonly weights: readonly number[]
  readonly chances: readonly number[] | null
}

const draws = 4000
/** Values on each arm before their spread says anything. */
const leastValues = 2

/**
 * The weights for the next interval.
 * Epsilon-greedy: 1 − ε to the best mean, ε shared by all (Sutton and Barto, "Reinforcement learning", chapter 2).
 * Thompson: each arm's chance to be the best under its posterior, by 4,000 draws (Thompson, Biometrika 25 (1933); weights
 * for an interval rather than a draw for each request: Scott, "A modern Bayesian look at the multi-armed bandit", 2010).
 * Posteriors: Beta(1 + successes, 1 + failures); of values the normal one of a mean with a flat prior.
 */
export function banditWeights(state: BanditState): BanditWeights {
  const { strategy, arms } = state
  const needed = strategy.kind === 'thompson' && strategy.outcome === 'beta' ? 0 : leastValues
  // Until every arm has been tried, none is ahead.
  if (arms.some(({ count }) => count < needed)) return { weights: equal(arms.length), chances: null }
  if (strategy.kind === 'epsilon-greedy') return { weights: greedy(state, strategy.epsilon), chances: null }
  const chances = chancesOf(state, strategy.outcome)
  return { weights: atLeast(chances, strategy.leastWeight), chances }
}

function equal(count: number): number[] {
  return Array.from({ length: count }, () => 100 / count)
}

function greedy({ arms, better }: BanditState, epsilon: number): number[] {
  const means = arms.map((arm) => signOf(better) * meanOf(arm))
  const best = means.indexOf(Math.max(...means))
  const share = (100 * epsilon) / arms.length
  return means.map((_, index) => share + (index === best ? 100 * (1 - epsilon) : 0))
}

function chancesOf({ arms, better, random }: BanditState, outcome: 'beta' | 'normal'): number[] {
  const wins = arms.map(() => 0)
  const sign = signOf(better)
  for (let draw = 0; draw < draws; draw += 1) {
    let best = 0
    let most = Number.NEGATIVE_INFINITY
    for (const [index, arm] of arms.entries()) {
      const value = sign * drawOf(arm, outcome, random)
      if (value > most) [best, most] = [index, value]
    }
    wins[best] = (wins[best] ?? 0) + 1
  }
  return wins.map((count) => count / draws)
}

function drawOf(arm: Moments, outcome: 'beta' | 'normal', random: Random): number {
  if (outcome === 'normal') return normalVariate(random, meanOf(arm), Math.sqrt(varianceOf(arm) / arm.count))
  const successes = Math.min(arm.count, Math.max(0, arm.sum))
  return betaVariate(random, 1 + successes, 1 + arm.count - successes)
}

/** Percent, none below `least` (or an equal part, where there are too many arms for that). */
function atLeast(chances: readonly number[], least: number): number[] {
  const floor = Math.min(least, 100 / chances.length)
  const rest = 100 - floor * chances.length
  return chances.map((chance) => floor + chance * rest)
}

function signOf(better: 'higher' | 'lower'): 1 | -1 {
  return better === 'higher' ? 1 : -1
}
