import { at } from '../at.ts'
import { type CalibrationBin, calibrationBins, expectedCalibrationError } from './calibration.ts'
import { type Confusion, confusionAt } from './confusion.ts'
import { brierScore, logLoss } from './losses.ts'
import { type RocAuc, rocAuc } from './roc-auc.ts'

/** How good a binary classifier's probabilities were on labelled rows. Null where the rows cannot tell. */
export type ClassificationQuality = {
  readonly count: number
  readonly positiveShare: number | null
  readonly meanProbability: number | null
  readonly rocAuc: RocAuc | null
  readonly logLoss: number | null
  readonly brierScore: number | null
  readonly expectedCalibrationError: number | null
  readonly calibration: readonly CalibrationBin[]
  readonly confusion: Confusion
}

/** All measures at once, from labels 0 or 1 and probabilities 0..1 of the same rows. Throws RangeError when the lengths differ. */
export function classificationQuality(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: { readonly threshold?: number; readonly calibrationBins?: number } = {},
): ClassificationQuality {
  const count = labels.length
  if (probabilities.length !== count)
    throw new RangeError(`${count} labels cannot be compared with ${probabilities.length} probabilities.`)
  const calibration = calibrationBins(labels, probabilities, { bins: options.calibrationBins ?? 10 })
  const measured = (value: number): number | null => (count === 0 ? null : value)
  return {
    count,
    positiveShare: measured(meanOfRows(labels)),
    meanProbability: measured(meanOfRows(probabilities)),
    rocAuc: rocAuc(labels, probabilities),
    logLoss: measured(logLoss(labels, probabilities)),
    brierScore: measured(brierScore(labels, probabilities)),
    expectedCalibrationError: measured(expectedCalibrationError(calibration)),
    calibration,
    confusion: confusionAt(labels, probabilities, options.threshold ?? 0.5),
  }
}

function meanOfRows(values: ArrayLike<number>): number {
  let sum = 0
  for (let row = 0; row < values.length; row += 1) sum += at(values, row)
  return sum / values.length
}
