import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { disagreements, readGolden } from '../golden/read-golden.ts'
import { calibrationBins, expectedCalibrationError } from './calibration.ts'
import { classificationQuality } from './classification-quality.ts'
import { confusionAt } from './confusion.ts'
import { logLoss } from './losses.ts'
import { pairedDifference, pairedLogLossDifference } from './paired-difference.ts'
import { rocAuc } from './roc-auc.ts'

type Figure =
  | 'rocAuc'
  | 'standardError'
  | 'logLoss'
  | 'brier'
  | 'accuracy'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'eceUniform'
  | 'eceQuantile'
  | 'pairedDifference'
  | 'pairedStandardError'
type Case = { name: string; labels: number[]; scores: number[]; other: number[]; threshold: number } & Record<
  Figure,
  number
>

const golden = readGolden<Case[]>('classification')

describe('classification measures agree with scikit-learn and DeLong to 1e-9', () => {
  it.each(golden.map((expected) => [expected.name, expected] as const))('%s', (_, expected) => {
    const labels = Uint8Array.from(expected.labels)
    const scores = Float64Array.from(expected.scores)
    const quality = classificationQuality(labels, scores, { threshold: expected.threshold })
    const paired = pairedLogLossDifference(labels, Float64Array.from(expected.other), scores)
    const quantileBins = calibrationBins(labels, scores, { strategy: 'quantile' })
    const figures: Record<Figure, number | null | undefined> = {
      rocAuc: quality.rocAuc?.auc,
      standardError: quality.rocAuc?.standardError,
      logLoss: quality.logLoss,
      brier: quality.brierScore,
      accuracy: quality.confusion.accuracy,
      precision: quality.confusion.precision,
      recall: quality.confusion.recall,
      f1: quality.confusion.f1,
      eceUniform: quality.expectedCalibrationError,
      eceQuantile: expectedCalibrationError(quantileBins),
      pairedDifference: paired.estimate,
      pairedStandardError: paired.standardError,
    }
    // The keys are exactly those of `figures`.
    const compared = Object.entries(figures).map(
      ([name, figure]) => [name, figure ?? Number.NaN, expected[name as Figure]] as const,
    )
    expect(disagreements(compared)).toEqual([])
  })
})

describe('classification measures', () => {
  const rows = fc.array(
    fc.tuple(
      fc.constantFrom(0, 1),
      fc.integer({ min: 0, max: 20 }).map((tick) => tick / 20),
    ),
    {
      minLength: 1,
      maxLength: 60,
    },
  )

  it('turning the scores around turns the ROC AUC around', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const labels = table.map(([label]) => label)
        const straight = rocAuc(
          labels,
          table.map(([, score]) => score),
        )
        const turned = rocAuc(
          labels,
          table.map(([, score]) => -score),
        )
        expect(straight === null).toBe(turned === null)
        if (straight === null || turned === null) return
        expect(straight.auc + turned.auc).toBeCloseTo(1, 12)
      }),
    )
  })

  it('all calibration bins together hold every row', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('uniform', 'quantile'), (table, strategy) => {
        const [labels, scores] = [table.map(([label]) => label), table.map(([, score]) => score)]
        const bins = calibrationBins(labels, scores, { strategy })
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(table.length)
        for (const bin of bins) {
          expect(bin.meanProbability).toBeGreaterThanOrEqual(bin.lower - 1e-12)
          expect(bin.meanProbability).toBeLessThanOrEqual(bin.upper + 1e-12)
        }
      }),
    )
  })

  it('one class alone has no ROC AUC', () => {
    expect(rocAuc([1, 1], [0.2, 0.9])).toBeNull()
  })

  it('what has no denominator is not measured, not zero', () => {
    expect(confusionAt([0, 0], [0.1, 0.2])).toMatchObject({ accuracy: 1, precision: null, recall: null, f1: null })
    expect(classificationQuality([], [])).toMatchObject({
      count: 0,
      logLoss: null,
      brierScore: null,
      positiveShare: null,
    })
  })

  it('a certain but wrong probability costs much, not infinity', () => {
    expect(logLoss([1], [0])).toBeCloseTo(-Math.log(Number.EPSILON), 12)
  })

  it('a paired difference is positive when the candidate loses less', () => {
    const difference = pairedLogLossDifference([1, 0, 1], [0.5, 0.5, 0.5], [0.9, 0.2, 0.7])
    expect(difference.estimate).toBeGreaterThan(0)
    expect(difference.count).toBe(3)
  })

  it('pairs of unlike length are refused, one pair bounds nothing', () => {
    expect(() => pairedDifference([1], [1, 2])).toThrow(RangeError)
    expect(() => classificationQuality([1], [])).toThrow(RangeError)
    expect(pairedDifference([2], [1])).toMatchObject({
      estimate: 1,
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
    })
  })
})
