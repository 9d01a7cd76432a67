import { at } from '../at.ts'
import { commonBins } from './bins.ts'
import { requireSameBins, shares } from './value-counts.ts'

/**
 * Population stability index Σ (r − c)·ln(r/c) over bins that both lists count; ≥ 0, no upper bound, symmetric. By
 * custom 0.1 is a moderate and 0.25 a large shift. An empty bin gets the share 0.0001 (or a millionth of the smallest
 * share on its side, if that is below 0.0001): `fillEmptyShares`. Throws RangeError for an empty side.
 */
export function psiFromCounts(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameBins(reference, current)
  const [left, right] = [fillEmptyShares(shares(reference)), fillEmptyShares(shares(current))]
  let sum = 0
  for (let bin = 0; bin < left.length; bin += 1) {
    sum += (at(left, bin) - at(right, bin)) * Math.log(at(left, bin) / at(right, bin))
  }
  return sum
}

/** `psiFromCounts` over `commonBins` of two samples. `wholeNumbers`: the column's type is an integer. */
export function populationStabilityIndex(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  wholeNumbers = false,
): number {
  const bins = commonBins(reference, current, wholeNumbers)
  return psiFromCounts(bins.reference, bins.current)
}

/** Replaces shares of 0 so that their logarithm exists. The rule of Evidently 0.7 (`feel_zeroes`). */
export function fillEmptyShares(distribution: Float64Array): Float64Array {
  let smallest = Number.POSITIVE_INFINITY
  for (const share of distribution) if (share > 0 && share < smallest) smallest = share
  const filler = smallest <= 0.0001 ? smallest / 1e6 : 0.0001
  return distribution.map((share) => (share === 0 ? filler : share))
}
