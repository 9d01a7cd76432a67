export { createRandom, integerVariate, normalVariate, type Random, shuffled } from './random.ts'
export { betaVariate, gammaVariate } from './random-variates.ts'

export { betaCdf, betaQuantile } from './distributions/incomplete-beta.ts'
export { chiSquaredSf } from './distributions/incomplete-gamma.ts'
export { kolmogorovSf } from './distributions/kolmogorov.ts'
export { logGamma } from './distributions/log-gamma.ts'
export { normalCdf, normalMass, normalQuantile, normalSf } from './distributions/normal.ts'
export { studentTCdf, studentTQuantile } from './distributions/student-t.ts'

export {
  binCounts,
  commonBins,
  type CommonBins,
  doaneEdges,
  rangeOf,
  type SampleRange,
  sturgesEdges,
} from './two-sample/bins.ts'
export { type ChiSquared, chiSquaredOfFit, chiSquaredTwoSample } from './two-sample/chi-squared.ts'
export { hellingerDistance, hellingerFromCounts } from './two-sample/hellinger.ts'
export { jensenShannonDistance, jensenShannonFromCounts, type LogarithmBase } from './two-sample/jensen-shannon.ts'
export { kolmogorovSmirnov, type KolmogorovSmirnov, ksFromCounts } from './two-sample/kolmogorov-smirnov.ts'
export { fillEmptyShares, populationStabilityIndex, psiFromCounts } from './two-sample/population-stability-index.ts'
export { type ValueCounts, valueCounts } from './two-sample/value-counts.ts'
export {
  normedWassersteinDistance,
  normedWassersteinFromCounts,
  wassersteinDistance,
  wassersteinFromCounts,
} from './two-sample/wasserstein.ts'

export { type CalibrationBin, calibrationBins, expectedCalibrationError } from './classification/calibration.ts'
export { classificationQuality, type ClassificationQuality } from './classification/classification-quality.ts'
export { type Confusion, confusionAt, confusionOf } from './classification/confusion.ts'
export { brierOfRow, brierScore, logLoss, logLossOfRow } from './classification/losses.ts'
export { pairedDifference, type PairedDifference, pairedLogLossDifference } from './classification/paired-difference.ts'
export { rocAuc, type RocAuc } from './classification/roc-auc.ts'

export type { Interval } from './intervals/interval.ts'
export { meanInterval } from './intervals/mean-interval.ts'
export {
  addMoments,
  meanOf,
  type Moments,
  momentsOf,
  noMoments,
  proportionMoments,
  varianceOf,
} from './intervals/moments.ts'
export {
  clopperPearsonInterval,
  newcombeInterval,
  type Proportion,
  wilsonInterval,
} from './intervals/proportion-interval.ts'

export { meanConfidenceSequence, proportionConfidenceSequence } from './sequential/confidence-sequence.ts'
export {
  absoluteGuardrail,
  type Direction,
  guardrail,
  type GuardrailReading,
  type GuardrailRule,
  guardrailSampleSize,
  type GuardrailVerdict,
} from './sequential/guardrail.ts'
export {
  alwaysValidPValue,
  mixtureLikelihoodRatio,
  sequentialTest,
  type SequentialTest,
  twoSidedMixtureRadius,
} from './sequential/sequential-test.ts'
export { sequentialDifference, type SequentialDifference, type TwoArms } from './sequential/sequential-difference.ts'

export { latencyDifference } from './sketches/latency-difference.ts'
export {
  createLatencyHistogram,
  type LatencyHistogram,
  type LatencyHistogramJson,
} from './sketches/latency-histogram.ts'
