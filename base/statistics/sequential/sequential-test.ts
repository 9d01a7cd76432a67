import { sequentialDifference, type TwoArms } from './sequential-difference.ts'

/** What a test of two arms says at one look. `difference`, `lower`, `upper` are treatment − reference, in the outcome's unit. */
export type SequentialTest = {
  readonly difference: number
  readonly lower: number
  readonly upper: number
  /** Valid at every look; the least of all looks so far is valid too. */
  readonly pValue: number
  readonly information: number
}

/**
 * The mixture likelihood ratio of "the difference is not 0" against "it is 0": the normal density of the estimate's
 * score S = estimate·I averaged over a N(0, effect²) difference, exp(S²/(2(I + η)))·√(η/(I + η)), η = 1/effect². Under no
 * difference it is a martingale that starts at 1. Robbins, Ann. Math. Stat. 41 (1970); mSPRT: Johari, Koomen, Pekelis and
 * Walsh, "Always valid inference", Operations Research 70 (2022), formula 2.
 */
export function mixtureLikelihoodRatio(estimate: number, information: number, effect: number): number {
  if (!(information > 0) || !Number.isFinite(estimate)) return 1
  const eta = 1 / (effect * effect)
  const grown = information + eta
  return Math.sqrt(eta / grown) * Math.exp((estimate * information) ** 2 / (2 * grown))
}

/** min(1, 1/Λ): below `alpha` at any look, ever, with chance at most `alpha` when there is no difference (Ville's inequality). */
export function alwaysValidPValue(estimate: number, information: number, effect: number): number {
  return Math.min(1, 1 / mixtureLikelihoodRatio(estimate, information, effect))
}

/**
 * How far the estimate may stray from the truth, both sides together, at every look at once with chance at most `alpha`:
 * the differences that the mixture ratio has not refuted, √(2(I + η)·ln(√((I + η)/η)/α))/I.
 */
export function twoSidedMixtureRadius(information: number, alpha: number, effect: number): number {
  if (!(information > 0)) return Number.POSITIVE_INFINITY
  const eta = 1 / (effect * effect)
  const grown = information + eta
  return Math.sqrt(2 * grown * Math.log(Math.sqrt(grown / eta) / alpha)) / information
}

/**
 * Tests whether two arms differ; may be asked as often as wanted. The interval leaves 0 out exactly when the p-value is at
 * most `alpha`. Groups, `effect` and `range` as in `sequentialDifference`.
 */
export function sequentialTest(
  arms: TwoArms,
  options: { readonly alpha: number; readonly effect: number; readonly range?: readonly [number, number] | null },
): SequentialTest {
  const { estimate, information } = sequentialDifference(arms, options)
  const radius = twoSidedMixtureRadius(information, options.alpha, options.effect)
  return {
    difference: estimate,
    lower: estimate - radius,
    upper: estimate + radius,
    pValue: alwaysValidPValue(estimate, information, options.effect),
    information,
  }
}
