import { normalQuantile } from '../distributions/normal.ts'

/**
 * How far an estimate may stray from the truth, one-sided, at every look at once with chance at most `alpha`. For an
 * estimate whose information is I = 1/variance, estimate·I is a Brownian motion in I with the truth as drift, and stays
 * below truth·I + √(2(I + η)·ln(√((I + η)/η)/(2α) + 1)) for ever. η = 1/effect²: the bound is tightest about where a
 * difference of `effect` shows. Robbins, Ann. Math. Stat. 41 (1970); closed form: Howard, Ramdas, McAuliffe and Sekhon,
 * "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Stat. 49 (2021), one-sided normal mixture.
 */
export function mixtureRadius(information: number, alpha: number, effect: number): number {
  if (!(information > 0)) return Number.POSITIVE_INFINITY
  const eta = 1 / (effect * effect)
  const grown = information + eta
  return Math.sqrt(2 * grown * Math.log(Math.sqrt(grown / eta) / (2 * alpha) + 1)) / information
}

/**
 * Information at which a true difference of `gap` has been shown with chance `power`, at the latest: the smallest I
 * with gap ≥ radius(I) + z(power)/√I. Earlier looks can only help. Bisection to 1e-9 relative.
 */
export function informationToShow(
  gap: number,
  options: { readonly alpha: number; readonly effect: number; readonly power: number },
): number {
  const z = normalQuantile(options.power)
  const shown = (information: number): boolean =>
    gap >= mixtureRadius(information, options.alpha, options.effect) + z / Math.sqrt(information)
  let high = 1 / (gap * gap)
  while (!shown(high)) high *= 2
  let low = high / 2
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2
    if (shown(middle)) high = middle
    else low = middle
  }
  return high
}
