import { at } from '../at.ts'

/** One bin of a reliability diagram: rows whose probability lies in it, their mean probability and their share of positives. */
export type CalibrationBin = {
  readonly lower: number
  readonly upper: number
  readonly count: number
  readonly meanProbability: number
  readonly positiveShare: number
}

/**
 * Bins for a reliability diagram; empty ones are left out. 'uniform': equal widths over 0..1, each closed on the right,
 * the first on both sides. 'quantile': equal counts in order of probability, ties kept in input order.
 */
export function calibrationBins(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: { readonly bins?: number; readonly strategy?: 'uniform' | 'quantile' } = {},
): CalibrationBin[] {
  const bins = options.bins ?? 10
  const binOfRow = options.strategy === 'quantile' ? equalCounts(probabilities, bins) : equalWidths(probabilities, bins)
  const [counts, sums, positives] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)]
  const lowest = new Float64Array(bins).fill(1)
  const highest = new Float64Array(bins)
  for (let row = 0; row < labels.length; row += 1) {
    const bin = at(binOfRow, row)
    const probability = at(probabilities, row)
    counts[bin] = at(counts, bin) + 1
    sums[bin] = at(sums, bin) + probability
    positives[bin] = at(positives, bin) + at(labels, row)
    lowest[bin] = Math.min(at(lowest, bin), probability)
    highest[bin] = Math.max(at(highest, bin), probability)
  }
  const uniform = options.strategy !== 'quantile'
  return Array.from(counts, (count, bin) => ({
    lower: uniform ? bin / bins : at(lowest, bin),
    upper: uniform ? (bin + 1) / bins : at(highest, bin),
    count,
    meanProbability: at(sums, bin) / count,
    positiveShare: at(positives, bin) / count,
  })).filter((bin) => bin.count > 0)
}

/**
 * Expected calibration error: the mean distance between what was promised and what happened, weighted by rows; 0..1, NaN
 * for no rows. Naeini, Cooper and Hauskrecht, AAAI (2015).
 */
export function expectedCalibrationError(bins: readonly CalibrationBin[]): number {
  let rows = 0
  let sum = 0
  for (const bin of bins) {
    rows += bin.count
    sum += bin.count * Math.abs(bin.meanProbability - bin.positiveShare)
  }
  return sum / rows
}

function equalWidths(probabilities: ArrayLike<number>, bins: number): Int32Array {
  return Int32Array.from(probabilities, (probability) =>
    Math.min(bins - 1, Math.max(0, Math.ceil(probability * bins) - 1)),
  )
}

function equalCounts(probabilities: ArrayLike<number>, bins: number): Int32Array {
  const rows = Int32Array.from(probabilities, (_, row) => row)
  rows.sort((left, right) => at(probabilities, left) - at(probabilities, right) || left - right)
  const binOfRow = new Int32Array(rows.length)
  rows.forEach((row, rank) => {
    binOfRow[row] = Math.floor((rank * bins) / rows.length)
  })
  return binOfRow
}
