import type { Interval } from '../intervals/interval.ts'
import { meanOf, type Moments } from '../intervals/moments.ts'
import { cautiousVariance } from './confidence-sequence.ts'
import { mixtureRadius } from './normal-mixture.ts'

/**
 * The same outcome measured on two arms that ran side by side, group by group: a group is a time in which the share of
 * traffic between the arms stayed the same (a rollout step, an hour). Index i of both lists is the same group.
 */
export type TwoArms = { readonly reference: readonly Moments[]; readonly treatment: readonly Moments[] }

/** Difference treatment − reference; `information` is 1/variance of the estimate. */
export type SequentialDifference = Interval & { readonly information: number }

/**
 * Difference of two means, valid at every look: each bound is wrong, ever, with chance at most `alpha` (so the pair with
 * at most 2·alpha). Sizes may differ and grow at any pace. Groups are compared within themselves and combined by
 * Mantel-Haenszel weights, so a day that is bad for both arms is not held against the arm that got more traffic that day.
 * Asymptotic (the variance is estimated, the larger of both arms); `guardrail` says what was measured.
 * With weights n1·n2/(n1 + n2) the estimate's increments in information are independent (Jennison and Turnbull, "Group
 * Sequential Methods", 2000, chapter 11), which is what the mixture bound of `mixtureRadius` asks for; A/B use: Johari,
 * Koomen, Pekelis and Walsh, Operations Research 70 (2022). `effect` and `range`: see `meanConfidenceSequence`.
 */
export function sequentialDifference(
  arms: TwoArms,
  options: { readonly alpha: number; readonly effect: number; readonly range?: readonly [number, number] | null },
): SequentialDifference {
  if (arms.reference.length !== arms.treatment.length) {
    throw new RangeError(`Both arms need the same groups; got ${arms.reference.length} and ${arms.treatment.length}.`)
  }
  const { estimate, harmonicCount } = weightedDifference(arms)
  const range = options.range ?? null
  // The larger variance for both arms: an arm without a single error yet must not look certain.
  const variance = Math.max(cautiousVariance(arms.reference, range), cautiousVariance(arms.treatment, range))
  const information = variance > 0 ? harmonicCount / variance : 0
  const radius = mixtureRadius(information, options.alpha, options.effect)
  return { estimate, lower: estimate - radius, upper: estimate + radius, information }
}

/** The combined difference; its variance is that of one observation divided by `harmonicCount`, the sum of the weights. */
function weightedDifference(arms: TwoArms): { estimate: number; harmonicCount: number } {
  let harmonicCount = 0
  let weighted = 0
  arms.reference.forEach((reference, group) => {
    const treatment = arms.treatment[group]
    if (treatment === undefined || reference.count === 0 || treatment.count === 0) return
    const weight = (reference.count * treatment.count) / (reference.count + treatment.count)
    weighted += weight * (meanOf(treatment) - meanOf(reference))
    harmonicCount += weight
  })
  return { estimate: weighted / harmonicCount, harmonicCount }
}
