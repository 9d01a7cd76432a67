import { EpochMs, Name } from '@millrace/contract'
import { z } from 'zod'

const dayMs = 86_400_000

/** How two distributions are compared: population stability index, Jensen-Shannon distance, Kolmogorov-Smirnov. */
export const DriftMethod = z.enum(['psi', 'js', 'ks'])
export type DriftMethod = z.infer<typeof DriftMethod>

/**
 * When a feature counts as drifted. `ks` is the p value below which, together with a distance D of at least `ksEffect`,
 * the Kolmogorov-Smirnov test speaks: with many rows a p value alone is tiny for differences that matter to nobody.
 */
const DriftSpec = z.object({
  methods: z.array(DriftMethod).min(1).max(3).default(['psi', 'js', 'ks']),
  limits: z
    .object({
      psi: z.number().positive().default(0.2),
      js: z.number().positive().default(0.1),
      ks: z.number().positive().max(1).default(0.001),
      ksEffect: z.number().positive().max(1).default(0.1),
    })
    .prefault({}),
  /** Below this many rows nothing is called drifted: the distances are mostly noise. */
  minRows: z.int().min(1).default(200),
})

/** What an input may do before its check fails. Shares are 0 to 1. */
const QualitySpec = z.object({
  /** Missing and non-finite values, beyond the share that the reference has. */
  maxNullShare: z.number().min(0).max(1).default(0.02),
  /** Values outside the reference's least and greatest. */
  maxOutsideShare: z.number().min(0).max(1).default(0.02),
  /** Values of a text that the reference never had. */
  maxUnseenShare: z.number().min(0).max(1).default(0.02),
  /** Distance of the mean from the reference's, in the reference's standard deviations. */
  maxMeanShift: z.number().positive().default(3),
  /** All quantiles multiplied by the same factor, at least this (or at most one over it), is another unit. */
  rangeFactor: z.number().min(1.05).default(1.25),
})

/** What is watched, against what, in which windows of event time. */
export const MonitorSpec = z.object({
  endpoint: Name,
  /** A data set version: `datasets:/flights@2001-02` or its id. It is resolved when the monitor is put. */
  reference: z.string().min(1).max(512),
  description: z.string().max(2000).default(''),
  /** Inputs to watch; none named: every input that the reference has a column for. */
  features: z.array(z.string().min(1).max(256)).max(2000).default([]),
  /** The output that is a probability of the positive class (default the last one), and where yes begins. */
  label: z
    .object({
      output: z.string().min(1).max(256).nullable().default(null),
      threshold: z.number().min(0).max(1).default(0.5),
    })
    .prefault({}),
  /** The reference's column with what happened (0 or 1): gives the share of positives to compare with. */
  labelColumn: z.string().min(1).max(256).nullable().default(null),
  windowMs: z
    .int()
    .min(1000)
    .max(366 * dayMs)
    .default(dayMs),
  /** Windows start at this time plus whole multiples of `windowMs`; default midnight UTC. */
  alignedToMs: EpochMs.default(0),
  /** How far the watermark must be past a window's end before it closes: room for rows that arrive out of order. */
  graceMs: z.int().min(0).default(0),
  /** How long, in event time after its end, a window follows late labels and late rows. */
  horizonMs: z
    .int()
    .min(0)
    .default(90 * dayMs),
  /** How often the chore looks, at most. */
  everyMs: z.int().min(1000).default(5000),
  drift: DriftSpec.prefault({}),
  quality: QualitySpec.prefault({}),
})
export type MonitorSpec = z.infer<typeof MonitorSpec>
