import { at } from '../at.ts'
import { kolmogorovSf } from '../distributions/kolmogorov.ts'
import { greatestCommonDivisor, kolmogorovTwoSampleSf } from '../distributions/kolmogorov-two-sample.ts'
import { requireSameBins, total, valueCounts } from './value-counts.ts'

/**
 * A two-sample, two-sided Kolmogorov-Smirnov test. `statistic` (D, 0..1) is the largest distance between the two
 * cumulative shares and serves as the effect size: with many rows `pValue` is tiny for differences that matter to
 * nobody. `location` is the value where D occurs.
 */
export type KolmogorovSmirnov = {
  readonly statistic: number
  readonly pValue: number
  readonly location: number
  readonly method: 'exact' | 'asymptotic'
}

/** Above this size of the larger sample the p value is asymptotic; scipy's border. */
const largestExactSize = 10_000

/**
 * The test from whole counts over the same ascending `values`. As scipy.stats.ks_2samp: exact up to 10,000 values on
 * the larger side (two samples of unequal size near it cost up to 0.3 s), above it the one-sample distribution at
 * n = n1·n2/(n1 + n2). Throws RangeError for an empty side.
 */
export function ksFromCounts(
  values: ArrayLike<number>,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): KolmogorovSmirnov {
  requireSameBins(reference, current)
  const [n1, n2] = [total(reference), total(current)]
  if (!(n1 > 0 && n2 > 0))
    throw new RangeError('A Kolmogorov-Smirnov test needs at least one observation on each side.')
  const { gap, index } = largestGap(reference, current, n1, n2)
  const statistic = gap / (n1 * n2)
  const location = at(values, index)
  if (Math.max(n1, n2) <= largestExactSize) {
    const pValue = kolmogorovTwoSampleSf(gap / greatestCommonDivisor(n1, n2), n1, n2)
    if (pValue <= 1) return { statistic, pValue, location, method: 'exact' }
  }
  const pValue = kolmogorovSf(statistic, roundHalfToEven((n1 * n2) / (n1 + n2)))
  return { statistic, pValue, location, method: 'asymptotic' }
}

/** The test on two samples; NaN and infinite values are left out. */
export function kolmogorovSmirnov(reference: ArrayLike<number>, current: ArrayLike<number>): KolmogorovSmirnov {
  const table = valueCounts(reference, current)
  return ksFromCounts(table.values, table.reference, table.current)
}

/** The largest |F1 − F2|·n1·n2, in whole numbers: exact while the product of the sizes is below 2⁵³. */
function largestGap(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  n1: number,
  n2: number,
): { gap: number; index: number } {
  let largest = { gap: 0, index: 0 }
  let below1 = 0
  let below2 = 0
  for (let index = 0; index < reference.length; index += 1) {
    below1 += at(reference, index)
    below2 += at(current, index)
    const gap = Math.abs(below1 * n2 - below2 * n1)
    if (gap > largest.gap) largest = { gap, index }
  }
  return largest
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
