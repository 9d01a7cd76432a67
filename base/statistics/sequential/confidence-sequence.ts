import { logBeta } from '../distributions/incomplete-beta.ts'
import type { Interval } from '../intervals/interval.ts'
import { meanOf, type Moments, squaredDeviations } from '../intervals/moments.ts'
import { mixtureRadius } from './normal-mixture.ts'

/**
 * Interval for a mean that covers it at every look at once with chance at least 1 − alpha, by the normal mixture with an
 * estimated variance: asymptotic, so read it from some fifty observations on. `effect`: the distance from the truth
 * that should be told apart, in the outcome's unit; the interval is tightest there. `range`, when the outcome is bounded,
 * adds one observation at each end to the variance, so that a streak without variation is not mistaken for certainty.
 * Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory", Ann. Stat. 52 (2024).
 */
export function meanConfidenceSequence(
  moments: Moments,
  options: { readonly alpha: number; readonly effect: number; readonly range?: readonly [number, number] | null },
): Interval {
  const estimate = meanOf(moments)
  const variance = cautiousVariance([moments], options.range ?? null)
  const radius = mixtureRadius(moments.count / variance, options.alpha / 2, options.effect)
  if (Number.isNaN(radius) || moments.count < 2)
    return { estimate, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY }
  return { estimate, lower: estimate - radius, upper: estimate + radius }
}

/**
 * Interval for the chance of a yes/no outcome that covers it at every look at once with chance at least 1 − alpha; exact
 * for any count. The values p that the mixture martingale B(½ + s, ½ + f)/B(½, ½)/(p^s·(1 − p)^f) has not refuted by
 * reaching 1/alpha. Robbins (1970) with Jeffreys' prior; Ville's inequality. Throws RangeError for impossible counts.
 */
export function proportionConfidenceSequence(successes: number, count: number, alpha: number): Interval {
  if (!(count >= 0 && successes >= 0 && successes <= count)) {
    throw new RangeError(`A proportion needs 0 ≤ successes ≤ count; got ${successes} of ${count}.`)
  }
  if (count === 0) return { estimate: Number.NaN, lower: 0, upper: 1 }
  const failures = count - successes
  const mixture = logBeta(0.5 + successes, 0.5 + failures) - Math.log(Math.PI)
  const refuted = (p: number): boolean =>
    mixture - weighted(successes, p) - weighted(failures, 1 - p) >= -Math.log(alpha)
  const estimate = successes / count
  return {
    estimate,
    lower: successes === 0 ? 0 : edgeOf(refuted, 0, estimate),
    upper: failures === 0 ? 1 : edgeOf(refuted, 1, estimate),
  }
}

/**
 * Variance of one observation within groups, pooled over them. With a `range`, one observation at each end is added, as
 * Agresti and Coull do for proportions: cautious for rare events, gone in a few hundred observations.
 */
export function cautiousVariance(groups: readonly Moments[], range: readonly [number, number] | null): number {
  let deviations = 0
  let freedom = 0
  let [count, sum, sumSquares] = [0, 0, 0]
  for (const group of groups) {
    deviations += squaredDeviations(group)
    freedom += Math.max(0, group.count - 1)
    count += group.count
    sum += group.sum
    sumSquares += group.sumSquares
  }
  if (range === null) return deviations / freedom
  const [low, high] = range
  const whole = squaredDeviations({ count, sum, sumSquares })
  const widened = squaredDeviations({
    count: count + 2,
    sum: sum + low + high,
    sumSquares: sumSquares + low * low + high * high,
  })
  return (deviations + widened - whole) / (freedom + 2)
}

function weighted(times: number, p: number): number {
  return times === 0 ? 0 : times * Math.log(p)
}

/** The border of the refuted region between `outside` (refuted) and `inside` (not). */
function edgeOf(refuted: (p: number) => boolean, outside: number, inside: number): number {
  let [far, near] = [outside, inside]
  for (let round = 0; round < 100 && far !== near; round += 1) {
    const middle = (far + near) / 2
    if (refuted(middle)) far = middle
    else near = middle
  }
  return far
}
