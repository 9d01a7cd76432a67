import { at } from '../at.ts'

/**
 * Decisions at one threshold. A rate is null where it has no denominator (no row predicted positive has no precision):
 * not measured, which is not the same as zero.
 */
export type Confusion = {
  readonly threshold: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
  readonly accuracy: number | null
  readonly precision: number | null
  readonly recall: number | null
  readonly f1: number | null
}

/** Counts what happens when every score at or above `threshold` is called positive. `labels` are 0 or 1. */
export function confusionAt(labels: ArrayLike<number>, scores: ArrayLike<number>, threshold = 0.5): Confusion {
  const counts = new Float64Array(4)
  for (let row = 0; row < labels.length; row += 1) {
    const cell = (at(scores, row) >= threshold ? 2 : 0) + (at(labels, row) === 1 ? 1 : 0)
    counts[cell] = at(counts, cell) + 1
  }
  return confusionOf({
    threshold,
    trueNegatives: at(counts, 0),
    falseNegatives: at(counts, 1),
    falsePositives: at(counts, 2),
    truePositives: at(counts, 3),
  })
}

/** The rates that follow from four counts, for counts that a database made. */
export function confusionOf(
  counts: Pick<Confusion, 'threshold' | 'truePositives' | 'falsePositives' | 'falseNegatives' | 'trueNegatives'>,
): Confusion {
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts
  return {
    ...counts,
    accuracy: ratio(tp + tn, tp + fp + fn + tn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
