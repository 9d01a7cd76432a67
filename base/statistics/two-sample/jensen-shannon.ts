import { at } from '../at.ts'
import { commonBins } from './bins.ts'
import { requireSameBins, shares } from './value-counts.ts'

/** The logarithm's base: with 'e' the distance ends at √ln 2 = 0.83255, with 2 at 1. */
export type LogarithmBase = 'e' | 2

/**
 * Jensen-Shannon distance √((KL(p‖m) + KL(q‖m))/2), m = (p + q)/2, of two lists that count the same bins; symmetric, a
 * metric. Endres and Schindelin, IEEE Trans. Inf. Theory 49 (2003). As scipy.spatial.distance.jensenshannon; no
 * filling of empty bins. Throws RangeError for an empty side.
 */
export function jensenShannonFromCounts(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  base: LogarithmBase = 'e',
): number {
  requireSameBins(reference, current)
  const [left, right] = [shares(reference), shares(current)]
  let divergence = 0
  for (let bin = 0; bin < left.length; bin += 1) {
    const middle = (at(left, bin) + at(right, bin)) / 2
    divergence += relativeEntropy(at(left, bin), middle) + relativeEntropy(at(right, bin), middle)
  }
  // Rounding can leave a sum of exactly opposite terms a hair below zero.
  return Math.sqrt(Math.max(0, divergence) / 2 / (base === 2 ? Math.LN2 : 1))
}

/** `jensenShannonFromCounts` over `commonBins` of two samples. `wholeNumbers`: the column's type is an integer. */
export function jensenShannonDistance(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  options: { readonly base?: LogarithmBase; readonly wholeNumbers?: boolean } = {},
): number {
  const bins = commonBins(reference, current, options.wholeNumbers ?? false)
  return jensenShannonFromCounts(bins.reference, bins.current, options.base ?? 'e')
}

function relativeEntropy(share: number, against: number): number {
  return share === 0 ? 0 : share * Math.log(share / against)
}
