import type { Moments } from '../intervals/moments.ts'
import { proportionConfidenceSequence } from './confidence-sequence.ts'
import { informationToShow } from './normal-mixture.ts'
import { sequentialDifference } from './sequential-difference.ts'

/** What a guardrail says: harm beyond the limit is shown, its absence is shown, or neither yet. */
export type GuardrailVerdict = 'pass' | 'fail' | 'not_enough_data'

/** Whether larger outcomes are better ('maximize': accuracy) or worse ('minimize': error, latency). */
export type Direction = 'minimize' | 'maximize'

/** How a canary is held against the champion. */
export type GuardrailRule = {
  readonly direction: Direction
  /** The loss against the champion that is still tolerated, ≥ 0, in the outcome's unit (0.01: one point of accuracy). */
  readonly limit: number
  /** Chance that a rollout gets a wrong 'fail' at any look, and likewise a wrong 'pass'. Default 0.05. */
  readonly alpha?: number
  /** The distance from the limit that should be found soonest, in the outcome's unit. Default 0.02, made for shares and scores in 0..1. */
  readonly effect?: number
  /** Where outcomes lie; null when they have no bounds (latency). Default 0..1. */
  readonly range?: readonly [number, number] | null
  /** Observations on each arm before any verdict. Default 100. */
  readonly minimumCount?: number
}

/** A verdict with its evidence. `loss` (how much worse the canary is; negative: better), `lower` and `upper` are in the outcome's unit. */
export type GuardrailReading = {
  readonly verdict: GuardrailVerdict
  readonly loss: number
  readonly lower: number
  readonly upper: number
  readonly championCount: number
  readonly canaryCount: number
}

/**
 * Judges a canary against the champion; may be asked as often as wanted. 'fail': the loss exceeds `limit`, shown at level
 * alpha; 'pass': it does not, shown at level alpha; else 'not_enough_data'. Each arm is one `Moments`, or a list with one
 * entry for each time of unchanged traffic share; use the list when shares changed, else a drift in time looks like a
 * difference. Both bounds hold at all looks together (`sequentialDifference`).
 *
 * Measured in `guardrail-simulation.test.ts`, 1,000 rollouts each: of equal versions looked at after every batch fewer than
 * the nominal 5 % fail; a loss of two points of accuracy (0.85 to 0.83) is found in at least 90 % by 11,500 labelled
 * predictions on the canary at half of the traffic, by 6,400 at a tenth (limit 0). `guardrailSampleSize` gives the figure
 * for other rates, shares and limits: half the distance to the limit takes four times as many.
 */
export function guardrail(
  input: GuardrailRule & {
    readonly champion: Moments | readonly Moments[]
    readonly canary: Moments | readonly Moments[]
  },
): GuardrailReading {
  const [champion, canary] = [groupsOf(input.champion), groupsOf(input.canary)]
  const sign = input.direction === 'minimize' ? 1 : -1
  const difference = sequentialDifference(
    { reference: champion, treatment: canary },
    {
      alpha: input.alpha ?? 0.05,
      effect: input.effect ?? 0.02,
      range: input.range === undefined ? [0, 1] : input.range,
    },
  )
  const [lower, upper] = sign === 1 ? [difference.lower, difference.upper] : [-difference.upper, -difference.lower]
  const [championCount, canaryCount] = [countOf(champion), countOf(canary)]
  const enough = Math.min(championCount, canaryCount) >= (input.minimumCount ?? 100)
  const verdict = enough ? verdictOf(lower, upper, input.limit) : 'not_enough_data'
  return { verdict, loss: sign * difference.estimate, lower, upper, championCount, canaryCount }
}

/**
 * Judges a share of yes/no outcomes (errors, slow answers) against a fixed limit, without a champion; may be asked as often
 * as wanted and is exact from the first observation on. 'fail': the share is on the wrong side of `limit`. A wrong verdict of
 * either kind, ever, has chance at most `alpha` (default 0.05).
 */
export function absoluteGuardrail(input: {
  readonly successes: number
  readonly count: number
  readonly direction: Direction
  readonly limit: number
  readonly alpha?: number
}): {
  readonly verdict: GuardrailVerdict
  readonly share: number
  readonly lower: number
  readonly upper: number
  readonly count: number
} {
  const { estimate, lower, upper } = proportionConfidenceSequence(input.successes, input.count, input.alpha ?? 0.05)
  const verdict =
    input.direction === 'minimize' ? verdictOf(lower, upper, input.limit) : verdictOf(-upper, -lower, -input.limit)
  return { verdict, share: estimate, lower, upper, count: input.count }
}

/**
 * How many observations the canary needs until a true loss is found (or, for `loss` below `limit`, until 'pass') with chance
 * `power` (default 0.9), at the latest. `canaryShare`: the canary's part of the traffic. `variance`: of one observation,
 * p·(1 − p) for a share, of the arm where it is larger. Infinity when loss = limit.
 */
export function guardrailSampleSize(input: {
  readonly loss: number
  readonly limit: number
  readonly variance: number
  readonly canaryShare: number
  readonly alpha?: number
  readonly effect?: number
  readonly power?: number
}): number {
  const gap = Math.abs(input.loss - input.limit)
  if (gap === 0) return Number.POSITIVE_INFINITY
  const information = informationToShow(gap, {
    alpha: input.alpha ?? 0.05,
    effect: input.effect ?? 0.02,
    power: input.power ?? 0.9,
  })
  return Math.ceil((information * input.variance) / (1 - input.canaryShare))
}

function verdictOf(lower: number, upper: number, limit: number): GuardrailVerdict {
  if (lower > limit) return 'fail'
  return upper < limit ? 'pass' : 'not_enough_data'
}

function groupsOf(arm: Moments | readonly Moments[]): readonly Moments[] {
  return 'count' in arm ? [arm] : arm
}

function countOf(groups: readonly Moments[]): number {
  let count = 0
  for (const group of groups) count += group.count
  return count
}
