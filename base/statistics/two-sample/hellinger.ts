import { at } from '../at.ts'
import { binsOf } from './bins.ts'
import { requireSameBins, shares, valueCounts } from './value-counts.ts'

/**
 * Hellinger distance √(1 − Σ √(p·q)) of two lists that count the same bins; 0 for equal shares, 1 for none in common.
 * Hellinger (1909). Throws RangeError for an empty side.
 */
export function hellingerFromCounts(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameBins(reference, current)
  const [left, right] = [shares(reference), shares(current)]
  let overlap = 0
  for (let bin = 0; bin < left.length; bin += 1) overlap += Math.sqrt(at(left, bin) * at(right, bin))
  return Math.sqrt(Math.max(0, 1 - overlap))
}

/**
 * Hellinger distance of two numeric samples over Sturges' bins, whose number follows from how many distinct values
 * there are. As Evidently 0.7. `wholeNumbers`: the column's type is an integer.
 */
export function hellingerDistance(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  wholeNumbers = false,
): number {
  const table = valueCounts(reference, current)
  const bins = binsOf(table, table.values.length, wholeNumbers)
  return hellingerFromCounts(bins.reference, bins.current)
}
