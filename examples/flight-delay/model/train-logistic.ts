import { createRandom, shuffled } from '@millrace/statistics'
import { featureNames, type FeatureColumns, type FeatureName } from '../features/feature-columns.ts'
import { countCells } from './count-cells.ts'
import { fitWeights } from './fit-weights.ts'
import { positionCount, type Encoding, type LogisticModel } from './logistic-model.ts'
import { quantileEdges } from './quantile-edges.ts'

/** What a study may tune. */
export interface Hyperparameters {
  /** Strength of the penalty on squared weights, against the log loss summed over all flights; above 0. */
  l2: number
  /** Bins of each late share: a whole number from 2 to 40. */
  lateShareBins: number
  /** Bins of the distance: a whole number from 2 to 24. */
  distanceBins: number
}

const mostLateShareBins = 40
const mostDistanceBins = 24

/** What is used when no study has chosen. */
export const defaultHyperparameters: Hyperparameters = { l2: 1, lateShareBins: 12, distanceBins: 10 }

/**
 * The ranges in which a study is to look, both ends included. They are narrow on purpose: whatever a handful of trials
 * picks inside them leads to the demo's two decisions. Stronger penalties or coarser bins make a champion weak
 * enough to lose June.
 */
export const searchSpace = {
  l2: { type: 'float', low: 0.1, high: 10, log: true },
  lateShareBins: { type: 'int', low: 12, high: 24 },
  distanceBins: { type: 'int', low: 8, high: 16 },
} as const

export interface TrainingOptions {
  hyperparameters?: Hyperparameters
  /**
   * Trains on labels in random order: a candidate that is bad on purpose. The trained model says so in
   * `labelsShuffledWithSeed`.
   */
  shuffleLabels?: { seed: number }
}

export interface TrainedModel {
  model: LogisticModel
  hyperparameters: Hyperparameters
  /** Null for a model trained in earnest. */
  labelsShuffledWithSeed: number | null
  rowCount: number
  /** Distinct combinations of positions: what the fit works on instead of rows. */
  cellCount: number
  iterations: number
  /** The training log loss at the start and after each step of Newton's method. */
  lossPerIteration: readonly number[]
  /** Mean log loss over the training rows, in nats. */
  trainingLogLoss: number
}

/**
 * Trains a logistic regression on one-hot hours and weekdays and on quantile bins of the rest. Throws a RangeError for
 * a hyperparameter out of bounds or no rows.
 */
export function trainLogistic(columns: FeatureColumns, options: TrainingOptions = {}): TrainedModel {
  const hyperparameters = options.hyperparameters ?? defaultHyperparameters
  requireBounds(hyperparameters)
  if (columns.late.length === 0) throw new RangeError('There are no flights to train on; check the range of days.')
  const labels =
    options.shuffleLabels === undefined ? columns.late : shuffledLabels(columns.late, options.shuffleLabels.seed)
  const encodings = encodingsFor(columns.features, hyperparameters)
  const cells = countCells(encodings, columns.features, labels)
  const fit = fitWeights(cells, hyperparameters.l2)
  return {
    model: modelOf(encodings, fit.coefficients),
    hyperparameters,
    labelsShuffledWithSeed: options.shuffleLabels?.seed ?? null,
    rowCount: columns.late.length,
    cellCount: cells.flights.length,
    iterations: fit.losses.length - 1,
    lossPerIteration: fit.losses,
    trainingLogLoss: fit.losses.at(-1) ?? Number.NaN,
  }
}

function shuffledLabels(labels: Uint8Array, seed: number): Uint8Array {
  return Uint8Array.from(shuffled(createRandom('flight-delay shuffled labels', seed), Array.from(labels)))
}

function encodingsFor(
  features: FeatureColumns['features'],
  hyperparameters: Hyperparameters,
): Record<FeatureName, Encoding> {
  return {
    hour: { kind: 'categories', first: 0, count: 24 },
    weekday: { kind: 'categories', first: 1, count: 7 },
    distance: { kind: 'bins', edges: quantileEdges(features.distance, hyperparameters.distanceBins) },
    origin_late_share: {
      kind: 'bins',
      edges: quantileEdges(features.origin_late_share, hyperparameters.lateShareBins),
    },
    destination_late_share: {
      kind: 'bins',
      edges: quantileEdges(features.destination_late_share, hyperparameters.lateShareBins),
    },
  }
}

function modelOf(encodings: Record<FeatureName, Encoding>, coefficients: Float64Array): LogisticModel {
  let next = 0
  const part = (name: FeatureName): LogisticModel['features'][FeatureName] => {
    const weights = Array.from(coefficients.subarray(next, next + positionCount(encodings[name])), Math.fround)
    next += weights.length
    return { encoding: encodings[name], weights }
  }
  const [hour, weekday, distance, origin, destination] = featureNames
  const features = {
    [hour]: part(hour),
    [weekday]: part(weekday),
    [distance]: part(distance),
    [origin]: part(origin),
    [destination]: part(destination),
  }
  return { bias: Math.fround(coefficients[next] ?? 0), features }
}

function requireBounds({ l2, lateShareBins, distanceBins }: Hyperparameters): void {
  if (!(l2 > 0 && Number.isFinite(l2))) throw new RangeError(`l2 is a number above 0, not ${l2}.`)
  requireBins('lateShareBins', lateShareBins, mostLateShareBins)
  requireBins('distanceBins', distanceBins, mostDistanceBins)
}

function requireBins(name: string, bins: number, most: number): void {
  if (!Number.isInteger(bins) || bins < 2 || bins > most)
    throw new RangeError(`${name} is a whole number from 2 to ${most}, not ${bins}.`)
}
