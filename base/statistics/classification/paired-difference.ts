import { at } from '../at.ts'
import { normalQuantile } from '../distributions/normal.ts'
import type { Interval } from '../intervals/interval.ts'
import { logLossOfRow } from './losses.ts'

/** A mean difference over pairs, its standard error and normal interval; looked at once. */
export type PairedDifference = Interval & { readonly standardError: number; readonly count: number }

/**
 * How much lower the candidate's log loss is than the champion's on the same rows: positive means that the candidate is
 * better, in nats a row. Pairing removes what is hard or easy for both, so the error is far below that of either mean.
 * The interval is normal (rows independent); infinite below two rows. Throws RangeError when the lists differ in length.
 */
export function pairedLogLossDifference(
  labels: ArrayLike<number>,
  championProbabilities: ArrayLike<number>,
  candidateProbabilities: ArrayLike<number>,
  confidence = 0.95,
): PairedDifference {
  requireSameLength(labels.length, championProbabilities.length, candidateProbabilities.length)
  const loss = (probabilities: ArrayLike<number>, row: number): number =>
    logLossOfRow(at(labels, row), at(probabilities, row))
  return pairedDifference(
    Float64Array.from(labels, (_, row) => loss(championProbabilities, row)),
    Float64Array.from(labels, (_, row) => loss(candidateProbabilities, row)),
    confidence,
  )
}

/** Mean of `left` − `right` over pairs with its standard error. Throws RangeError when the lists differ in length. */
export function pairedDifference(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  confidence = 0.95,
): PairedDifference {
  requireSameLength(left.length, right.length)
  const count = left.length
  let estimate = 0
  let squares = 0
  // Welford's update: differences are far smaller than their spread.
  for (let row = 0; row < count; row += 1) {
    const difference = at(left, row) - at(right, row)
    const before = difference - estimate
    estimate += before / (row + 1)
    squares += before * (difference - estimate)
  }
  const standardError = count < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(squares / (count - 1) / count)
  const half = normalQuantile(0.5 + confidence / 2) * standardError
  return {
    estimate: count === 0 ? Number.NaN : estimate,
    lower: estimate - half,
    upper: estimate + half,
    standardError,
    count,
  }
}

function requireSameLength(...lengths: readonly number[]): void {
  if (new Set(lengths).size > 1) throw new RangeError(`Pairs need lists of one length; got ${lengths.join(', ')}.`)
}
