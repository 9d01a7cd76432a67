import { at } from '../at.ts'
import { requireSameBins, total, valueCounts } from './value-counts.ts'

/**
 * Earth mover's distance ∫ |F − G| of two weighted samples over the same ascending `values`, in the values' unit. As
 * scipy.stats.wasserstein_distance (Vallender 1974). Throws RangeError for an empty side.
 */
export function wassersteinFromCounts(
  values: ArrayLike<number>,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): number {
  requireSameBins(reference, current)
  const [left, right] = [total(reference), total(current)]
  if (!(left > 0 && right > 0)) throw new RangeError('A distance needs at least one observation on each side.')
  let leftSum = 0
  let rightSum = 0
  let distance = 0
  for (let index = 0; index + 1 < values.length; index += 1) {
    leftSum += at(reference, index)
    rightSum += at(current, index)
    distance += Math.abs(leftSum / left - rightSum / right) * (at(values, index + 1) - at(values, index))
  }
  return distance
}

/**
 * `wassersteinFromCounts` divided by the reference's population standard deviation (at least 0.001), so that 0.1 means a
 * tenth of the usual spread whatever the unit. The norming of Evidently 0.7.
 */
export function normedWassersteinFromCounts(
  values: ArrayLike<number>,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): number {
  return wassersteinFromCounts(values, reference, current) / Math.max(standardDeviation(values, reference), 0.001)
}

/** Earth mover's distance of two samples, in their unit; NaN and infinite values are left out. */
export function wassersteinDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const table = valueCounts(reference, current)
  return wassersteinFromCounts(table.values, table.reference, table.current)
}

/** `normedWassersteinFromCounts` of two samples; NaN and infinite values are left out. */
export function normedWassersteinDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const table = valueCounts(reference, current)
  return normedWassersteinFromCounts(table.values, table.reference, table.current)
}

function standardDeviation(values: ArrayLike<number>, counts: ArrayLike<number>): number {
  const n = total(counts)
  let mean = 0
  for (let index = 0; index < values.length; index += 1) mean += (at(values, index) * at(counts, index)) / n
  let variance = 0
  for (let index = 0; index < values.length; index += 1)
    variance += ((at(values, index) - mean) ** 2 * at(counts, index)) / n
  return Math.sqrt(variance)
}
