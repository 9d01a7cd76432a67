import { at } from '../at.ts'
import { chiSquaredSf } from '../distributions/incomplete-gamma.ts'
import { requireSameBins, total } from './value-counts.ts'

/** A chi-squared test. `cramersV` (0..1) is the effect size √(χ²/n) of the 2 × k table, without continuity correction. */
export type ChiSquared = {
  readonly statistic: number
  readonly degreesOfFreedom: number
  readonly pValue: number
  readonly cramersV: number
}

/**
 * Do two lists of counts over the same categories come from one distribution? Pearson's test of homogeneity, with Yates'
 * correction when only two categories are left. As scipy.stats.chi2_contingency, but categories absent from both sides
 * are dropped, and one category alone gives statistic 0 and p = 1. Throws RangeError for an empty side.
 */
export function chiSquaredTwoSample(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquared {
  requireSameBins(reference, current)
  const [n1, n2] = [total(reference), total(current)]
  if (!(n1 > 0 && n2 > 0)) throw new RangeError('A chi-squared test needs at least one observation on each side.')
  const n = n1 + n2
  const cells: { observed: number; expected: number }[] = []
  for (let category = 0; category < reference.length; category += 1) {
    const [left, right] = [at(reference, category), at(current, category)]
    if (left + right === 0) continue
    cells.push(
      { observed: left, expected: ((left + right) * n1) / n },
      { observed: right, expected: ((left + right) * n2) / n },
    )
  }
  const degreesOfFreedom = cells.length / 2 - 1
  const statistic = pearson(cells, degreesOfFreedom === 1 ? 0.5 : 0)
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquaredSf(statistic, degreesOfFreedom)
  return { statistic, degreesOfFreedom, pValue, cramersV: Math.sqrt(pearson(cells, 0) / n) }
}

/**
 * Do the current counts fit the reference's shares, taken as known exactly? Pearson's test of fit, the form Evidently
 * uses; `chiSquaredTwoSample` also counts the reference's own uncertainty and is the better default. A category that
 * the reference lacks makes the statistic infinite and p = 0. Throws RangeError for an empty side.
 */
export function chiSquaredOfFit(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquared {
  requireSameBins(reference, current)
  const [n1, n2] = [total(reference), total(current)]
  if (!(n1 > 0 && n2 > 0)) throw new RangeError('A chi-squared test needs at least one observation on each side.')
  const cells: { observed: number; expected: number }[] = []
  for (let category = 0; category < reference.length; category += 1) {
    const [left, right] = [at(reference, category), at(current, category)]
    if (left + right > 0) cells.push({ observed: right, expected: (left * n2) / n1 })
  }
  const degreesOfFreedom = cells.length - 1
  const statistic = pearson(cells, 0)
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquaredSf(statistic, degreesOfFreedom)
  return { statistic, degreesOfFreedom, pValue, cramersV: chiSquaredTwoSample(reference, current).cramersV }
}

function pearson(cells: readonly { observed: number; expected: number }[], correction: number): number {
  let statistic = 0
  for (const { observed, expected } of cells) {
    const difference = Math.abs(observed - expected)
    if (difference > 0) statistic += (difference - Math.min(correction, difference)) ** 2 / expected
  }
  return statistic
}
