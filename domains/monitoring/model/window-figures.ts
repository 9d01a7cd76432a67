import { z } from 'zod'

const Figure = z.number().nullable()

/**
 * How far one column has moved. `psi` and `js` (natural logarithm) over the bins of `binning`; `ks` is the p value of
 * the two-sample test, `ksEffect` its distance D (0 to 1), both exact over all rows; null for texts. `limit` is the
 * limit of the monitor's first method; `by` names the methods that spoke.
 */
export const DriftFigure = z.object({
  feature: z.string(),
  /** `input` or `output`. */
  of: z.enum(['input', 'output']),
  rows: z.int(),
  psi: Figure,
  js: Figure,
  ks: Figure,
  ksEffect: Figure,
  /** The value where the two cumulative shares are furthest apart. */
  ksAt: Figure,
  limit: z.number(),
  by: z.array(z.string()),
  drifted: z.boolean(),
  /** False when there were too few rows to call anything drifted. */
  enough: z.boolean(),
  /** `values`: one bin per value; `sturges`: equal widths over both samples; `top-values`: the 1,000 most frequent and the rest. */
  binning: z.enum(['values', 'sturges', 'top-values']),
  /** What it was compared with: the reference, or the first window for an output the reference does not have. */
  against: z.string(),
})
export type DriftFigure = z.infer<typeof DriftFigure>

/** One check of what came in. `value` is held against `limit`; `sentence` says what was found. */
export const QualityCheck = z.object({
  check: z.enum(['nulls', 'range', 'mean_shift', 'scale', 'unseen_values', 'missing_feature']),
  feature: z.string().optional(),
  value: Figure,
  limit: z.number(),
  ok: z.boolean(),
  sentence: z.string(),
})
export type QualityCheck = z.infer<typeof QualityCheck>

/**
 * How right the answers were, over the rows whose ground truth is known. `calibrationGap` = `meanScore` − `positiveRate`
 * (positive: over-confident), with its interval at 95 %. `auc` is null when one class is absent. Log loss in nats.
 */
export const Performance = z.object({
  n: z.int(),
  logLoss: z.number(),
  auc: Figure,
  brier: z.number(),
  accuracy: z.number(),
  positiveRate: z.number(),
  meanScore: z.number(),
  calibrationGap: z.number(),
  calibrationGapInterval: z.object({ lower: z.number(), upper: z.number(), confidence: z.number() }),
  /** By the figure's name; null where the rows cannot tell. */
  standardErrors: z.record(z.string(), Figure),
  referencePositiveRate: Figure,
  /** Ten equal widths of the score; empty ones are left out. */
  calibration: z.array(
    z.object({ lower: z.number(), upper: z.number(), n: z.int(), meanScore: z.number(), positiveRate: z.number() }),
  ),
})
export type Performance = z.infer<typeof Performance>

/** The bins that `psi` and `js` were computed over. `edges` (one more than the counts) or `values` name them. */
export const Histogram = z.object({
  edges: z.array(z.number()).nullable(),
  values: z.array(z.union([z.number(), z.string()])).nullable(),
  reference: z.array(z.number()),
  current: z.array(z.number()),
})
export type Histogram = z.infer<typeof Histogram>

/** A deployment that answered in the window, and how many rows. */
export const WindowDeployment = z.object({
  deploymentId: z.string(),
  versionId: z.string(),
  version: z.int(),
  role: z.string(),
  rows: z.int(),
})
export type WindowDeployment = z.infer<typeof WindowDeployment>

/** Everything that was measured of a window. */
export const WindowFigures = z.object({
  fromMs: z.int(),
  toMs: z.int(),
  rows: z.int(),
  labelled: z.int(),
  deployments: z.array(WindowDeployment),
  drift: z.array(DriftFigure),
  quality: z.array(QualityCheck),
  performance: Performance.nullable(),
  histograms: z.record(z.string(), Histogram),
})
export type WindowFigures = z.infer<typeof WindowFigures>
