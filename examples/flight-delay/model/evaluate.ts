import {
  classificationQuality,
  logLoss,
  logLossOfRow,
  pairedLogLossDifference,
  type ClassificationQuality,
  type PairedDifference,
} from '@millrace/statistics'
import { dayMs } from '../features/day.ts'
import type { FeatureColumns } from '../features/feature-columns.ts'
import { predict, type LogisticModel } from './logistic-model.ts'

/** What a comparison of two models on the same flights shows; see `compareModels`. */
export interface Comparison {
  championLogLoss: number
  candidateLogLoss: number
  /**
   * Champion's log loss minus the candidate's, in nats a flight, with the 95 % interval of paired rows: above 0 when
   * the candidate is better.
   */
  difference: PairedDifference
  /**
   * Standard error of the same difference when days, not flights, are what is independent. Infinite for a single day.
   */
  standardErrorByDay: number
  verdict: 'candidate-better' | 'champion-better' | 'evidence-too-thin'
}

/** Log loss, ROC AUC, Brier score and calibration of the model on labelled flights. */
export function evaluateModel(model: LogisticModel, columns: FeatureColumns): ClassificationQuality {
  return classificationQuality(columns.late, predict(model, columns.features))
}

/**
 * Compares two models on the same labelled flights by the mean of their paired differences in log loss. The candidate
 * is better when the whole interval lies above 0, the champion when it lies below; otherwise the evidence is too thin
 * to tell, which is no ground to promote.
 *
 * The interval takes flights as independent: it says how sure the difference is for flights such as these. Flights of
 * one day share its weather, so for days to come the error is several times larger; `standardErrorByDay` says how much
 * (the cluster-robust error of Cameron and Miller, Journal of Human Resources 50, 2015, section II).
 */
export function compareModels(
  models: { champion: LogisticModel; candidate: LogisticModel },
  columns: FeatureColumns,
): Comparison {
  const champion = predict(models.champion, columns.features)
  const candidate = predict(models.candidate, columns.features)
  const difference = pairedLogLossDifference(columns.late, champion, candidate)
  return {
    championLogLoss: logLoss(columns.late, champion),
    candidateLogLoss: logLoss(columns.late, candidate),
    difference,
    standardErrorByDay: errorByDay(columns, champion, candidate),
    verdict: difference.lower > 0 ? 'candidate-better' : difference.upper < 0 ? 'champion-better' : 'evidence-too-thin',
  }
}

function errorByDay({ late, eventTimeMs }: FeatureColumns, champion: Float64Array, candidate: Float64Array): number {
  const differences = Float64Array.from(
    late,
    (label, row) => logLossOfRow(label, champion[row] ?? 0.5) - logLossOfRow(label, candidate[row] ?? 0.5),
  )
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
  const days = new Map<number, number>()
  differences.forEach((difference, row) => {
    const day = Math.floor((eventTimeMs[row] ?? 0) / dayMs)
    days.set(day, (days.get(day) ?? 0) + difference - mean)
  })
  const squares = [...days.values()].reduce((sum, ofDay) => sum + ofDay ** 2, 0)
  return days.size < 2
    ? Number.POSITIVE_INFINITY
    : Math.sqrt((squares * days.size) / (days.size - 1)) / differences.length
}
