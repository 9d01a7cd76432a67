import { meanInterval } from '@millrace/statistics'
import type { Performance } from './window-figures.ts'

/** Sum and sum of squares over `n` rows. */
export interface Sums {
  readonly sum: number
  readonly squares: number
}

/** Scored rows with ground truth, added up. The placements are DeLong's, as distances from ½. */
export interface PerformanceSums {
  readonly n: number
  readonly positives: number
  readonly hits: number
  readonly score: Sums
  /** Score minus outcome. */
  readonly gap: Sums
  readonly loss: Sums
  readonly brier: Sums
  readonly placementsOfPositives: Sums
  readonly placementsOfNegatives: Sums
  readonly bins: readonly {
    readonly bin: number
    readonly n: number
    readonly score: number
    readonly positives: number
  }[]
}

export const intervalConfidence = 0.95

/** The figures of scored rows with ground truth; null for none. Standard errors take rows as independent. */
export function performanceOf(sums: PerformanceSums, referencePositiveRate: number | null): Performance | null {
  const { n } = sums
  if (n === 0) return null
  const gap = meanInterval({ count: n, sum: sums.gap.sum, sumSquares: sums.gap.squares }, intervalConfidence)
  const auc = aucOf(sums)
  const error = ({ sum, squares }: Sums): number | null =>
    finite(meanInterval({ count: n, sum, sumSquares: squares }).standardError)
  const counted = (count: number): number | null => error({ sum: count, squares: count })
  return {
    n,
    logLoss: sums.loss.sum / n,
    auc: auc?.value ?? null,
    brier: sums.brier.sum / n,
    accuracy: sums.hits / n,
    positiveRate: sums.positives / n,
    meanScore: sums.score.sum / n,
    calibrationGap: gap.estimate,
    // One row bounds nothing; JSON has no infinity, and the gap cannot leave −1 to 1.
    calibrationGapInterval: {
      lower: Math.max(-1, gap.lower),
      upper: Math.min(1, gap.upper),
      confidence: intervalConfidence,
    },
    standardErrors: {
      logLoss: error(sums.loss),
      auc: auc?.standardError ?? null,
      brier: error(sums.brier),
      accuracy: counted(sums.hits),
      positiveRate: counted(sums.positives),
      meanScore: error(sums.score),
      calibrationGap: finite(gap.standardError),
    },
    referencePositiveRate,
    calibration: sums.bins.map(({ bin, ...counts }) => ({
      lower: bin / 10,
      upper: (bin + 1) / 10,
      n: counts.n,
      meanScore: counts.score / counts.n,
      positiveRate: counts.positives / counts.n,
    })),
  }
}

/** Area under the ROC curve and DeLong's standard error (Biometrics 44, 1988); undefined when one class is absent. */
function aucOf(sums: PerformanceSums): { value: number; standardError: number | null } | undefined {
  const { positives, placementsOfPositives: won, placementsOfNegatives: lost } = sums
  const negatives = sums.n - positives
  if (positives === 0 || negatives === 0) return undefined
  const variance = ({ sum, squares }: Sums, count: number) => Math.max(0, squares - sum ** 2 / count) / (count - 1)
  const standardError = Math.sqrt(variance(won, positives) / positives + variance(lost, negatives) / negatives)
  return { value: 0.5 + won.sum / positives, standardError: finite(standardError) }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
