import { betaQuantile } from '../distributions/incomplete-beta.ts'
import { normalQuantile } from '../distributions/normal.ts'
import type { Interval } from './interval.ts'

/**
 * Wilson's score interval for a proportion, `successes` of `count` ≥ 1, looked at once. Wilson, JASA 22 (1927).
 * Throws RangeError when the counts are impossible.
 */
export function wilsonInterval(successes: number, count: number, confidence = 0.95): Interval {
  requireCounts(successes, count)
  const z = normalQuantile(0.5 + confidence / 2)
  const share = successes / count
  const shrink = 1 + (z * z) / count
  const centre = (share + (z * z) / (2 * count)) / shrink
  const half = (z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))) / shrink
  const lower = successes === 0 ? 0 : Math.max(0, centre - half)
  const upper = successes === count ? 1 : Math.min(1, centre + half)
  return { estimate: share, lower, upper }
}

/**
 * Clopper and Pearson's exact interval for a proportion: never covers less than promised, wider than Wilson's.
 * Biometrika 26 (1934). Throws RangeError when the counts are impossible.
 */
export function clopperPearsonInterval(successes: number, count: number, confidence = 0.95): Interval {
  requireCounts(successes, count)
  const tail = (1 - confidence) / 2
  const lower = successes === 0 ? 0 : betaQuantile(tail, successes, count - successes + 1)
  const upper = successes === count ? 1 : betaQuantile(1 - tail, successes + 1, count - successes)
  return { estimate: successes / count, lower, upper }
}

/** `successes` of `count` yes/no outcomes. */
export type Proportion = { readonly successes: number; readonly count: number }

/**
 * Interval for the difference `treatment` − `reference` of two independent proportions, looked at once. Newcombe,
 * Statistics in Medicine 17 (1998), method 10: the two Wilson intervals combined. Throws RangeError for impossible counts.
 */
export function newcombeInterval(treatment: Proportion, reference: Proportion, confidence = 0.95): Interval {
  const left = wilsonInterval(treatment.successes, treatment.count, confidence)
  const right = wilsonInterval(reference.successes, reference.count, confidence)
  const estimate = left.estimate - right.estimate
  return {
    estimate,
    lower: estimate - Math.hypot(left.estimate - left.lower, right.upper - right.estimate),
    upper: estimate + Math.hypot(left.upper - left.estimate, right.estimate - right.lower),
  }
}

function requireCounts(successes: number, count: number): void {
  if (count > 0 && successes >= 0 && successes <= count) return
  throw new RangeError(`A proportion needs 0 ≤ successes ≤ count and count > 0; got ${successes} of ${count}.`)
}
