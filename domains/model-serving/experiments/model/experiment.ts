import { EpochMs, event, id } from '@millrace/contract'
import { z } from 'zod'
import { TrafficKey } from '../../model/endpoint-spec.ts'

/** What an experiment is decided by. `feedback`: a value sent to `/feedback` under a name, such as 1 for a conversion. */
export const ExperimentMetric = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('feedback'),
    name: z.string().min(1).max(128).default('reward'),
    better: z.enum(['higher', 'lower']).default('higher'),
    /** Least and greatest value; null where there is none. A yes or no is [0, 1]. */
    range: z.tuple([z.number(), z.number()]).nullable().default(null),
  }),
  /** Share of right answers, by ground truth and the endpoint's threshold. */
  z.object({ kind: z.literal('accuracy') }),
  z.object({ kind: z.literal('log_loss') }),
  z.object({ kind: z.literal('error_rate') }),
  /** Share of answers that take longer. */
  z.object({ kind: z.literal('slow_answers'), limitMs: z.number().gt(0) }),
])
export type ExperimentMetric = z.infer<typeof ExperimentMetric>

/** Who gets how much traffic: fixed shares with a verdict, or a bandit that moves them to what earns most. */
export const ExperimentStrategy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fixed') }),
  /** All but `epsilon` of the traffic goes to the best mean so far; `epsilon` is shared by all. */
  z.object({
    kind: z.literal('epsilon-greedy'),
    epsilon: z.number().gt(0).lt(1).default(0.1),
    everyMs: z.int().min(1000).max(86_400_000).default(60_000),
  }),
  /** Each arm's share is the chance that it is the best one, given what was seen. */
  z.object({
    kind: z.literal('thompson'),
    /** `beta` for outcomes of 0 and 1, `normal` for values. */
    outcome: z.enum(['beta', 'normal']).default('beta'),
    everyMs: z.int().min(1000).max(86_400_000).default(60_000),
    /** Percent of the traffic that no arm falls below. */
    leastWeight: z.number().min(0).max(20).default(1),
  }),
])
export type ExperimentStrategy = z.infer<typeof ExperimentStrategy>

/** What is asked for. */
export const ExperimentSpec = z.object({
  /** Versions beside the champion, with their percent of the requests; the champion has the rest. */
  variants: z
    .array(z.object({ versionId: z.string().max(128), weight: z.number().gt(0).lt(100) }))
    .min(1)
    .max(20),
  metric: ExperimentMetric,
  strategy: ExperimentStrategy.default({ kind: 'fixed' }),
  /** Keeps a caller with one version. Default: the endpoint's own key, else chance by request. */
  sticky: TrafficKey.optional(),
  /** Chance of any wrong verdict, at all looks and over all variants together. */
  alpha: z.number().gt(0).lt(1).default(0.05),
  /** The difference that should be found soonest, in the metric's unit. */
  effect: z.number().gt(0).default(0.02),
  /** A difference that does not matter: an interval inside ±this says that there is none. 0: none is too small. */
  negligible: z.number().min(0).default(0),
  /** No verdict before: a day or a week has its own habits. */
  minDurationMs: z.int().min(0).default(0),
  /** Observations of each arm before any verdict. */
  minSamples: z.int().min(1).default(100),
  /** What a verdict leads to: a winner becomes the champion, or a person decides. */
  onWinner: z.enum(['wait', 'promote']).default('wait'),
})
export type ExperimentSpec = z.infer<typeof ExperimentSpec>

/** One version's part. `mean` is of the metric; null before anything was seen. */
export const ExperimentArm = z.object({
  deploymentId: z.string(),
  versionId: z.string(),
  version: z.int(),
  role: z.enum(['control', 'variant']),
  weight: z.number(),
})
export type ExperimentArm = z.infer<typeof ExperimentArm>

/** What was seen of an arm, and how it stands against the control. All bounds hold at every look. */
export const ArmReading = z.object({
  deploymentId: z.string(),
  version: z.int(),
  n: z.number(),
  mean: z.number().nullable(),
  /** Against the control, in the metric's unit; positive is better. Null for the control and before both were seen. */
  improvement: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  /** Always valid; the least of all looks. */
  pValue: z.number().nullable(),
  /** Bandits: the chance that it is the best, given what was seen. */
  chanceBest: z.number().nullable(),
  verdict: z.enum(['better', 'worse', 'no_difference', 'undecided']).nullable(),
})
export type ArmReading = z.infer<typeof ArmReading>

export const ExperimentVerdict = z.object({
  conclusion: z.enum(['winner', 'no_difference', 'control_best', 'undecided']),
  winnerVersionId: z.string().nullable(),
  sentence: z.string(),
  arms: z.array(ArmReading),
  atMs: EpochMs.nullable(),
})
export type ExperimentVerdict = z.infer<typeof ExperimentVerdict>

export const TrafficExperiment = z.object({
  id: id('traffic-experiment'),
  endpoint: z.string(),
  state: z.enum(['running', 'concluded', 'stopped']),
  spec: ExperimentSpec,
  arms: z.array(ExperimentArm),
  verdict: ExperimentVerdict,
  /** How often a bandit has set its weights. */
  weighing: z.int(),
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  winnerVersionId: z.string().nullable(),
  reason: z.string().nullable(),
  startedBy: z.string(),
})
export type TrafficExperiment = z.infer<typeof TrafficExperiment>

/** A bandit's weights from one time on. */
export const Weighing = z.object({ number: z.int(), atMs: EpochMs, arms: z.array(ExperimentArm) })
export type Weighing = z.infer<typeof Weighing>

const Payload = z.object({ id: z.string(), endpoint: z.string() })
export const experimentStarted = event('model-serving.experiment.started', Payload)
export const experimentDecided = event(
  'model-serving.experiment.decided',
  Payload.extend({
    conclusion: ExperimentVerdict.shape.conclusion,
    winnerVersionId: z.string().nullable(),
    sentence: z.string(),
  }),
)
export const experimentEnded = event(
  'model-serving.experiment.ended',
  Payload.extend({ state: z.string(), winnerVersionId: z.string().nullable(), reason: z.string().nullable() }),
)
/** A bandit has moved traffic. */
export const experimentWeighed = event('model-serving.experiment.weighed', Payload.extend({ weighing: z.int() }))
