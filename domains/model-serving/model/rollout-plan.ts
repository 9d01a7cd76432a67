import { Name } from '@millrace/contract'
import { z } from 'zod'

/** A rule that the canary must keep against the champion, judged at every look with a chance of error of `alpha` in all. */
export const Guardrail = z.object({
  name: Name,
  metric: z.enum([
    'error_rate',
    'latency_p50',
    'latency_p90',
    'latency_p95',
    'latency_p99',
    'log_loss',
    'accuracy',
    'feedback',
    'shadow_agreement',
    'reading',
  ]),
  /**
   * How much worse than the champion the canary may be: a share for `error_rate` and `accuracy`, nats per row for
   * `log_loss`, the outcome's unit for `feedback`. For `latency_p95` the milliseconds that 95 % of its answers must keep
   * (`latency_p99`: 99 %); for `shadow_agreement` the share of a shadow's answers that may differ; for `reading` the
   * reading's limit.
   */
  limit: z.number().min(0),
  alpha: z.number().gt(0).lt(1).default(0.05),
  /** Of `feedback`: the name it is sent under (default `reward`), whether less of it is better, and its least and greatest value. */
  outcome: z
    .object({
      name: z.string().min(1).max(128).default('reward'),
      better: z.enum(['higher', 'lower']).default('higher'),
      range: z.tuple([z.number(), z.number()]).nullable().default(null),
    })
    .optional(),
})
export type Guardrail = z.infer<typeof Guardrail>

/** One share of the traffic. It has passed when the canary has answered and was labelled often enough and nothing failed. */
export const RolloutStep = z.object({
  /** Percent of the endpoint's requests that the canary answers. */
  weight: z.number().gt(0).max(100),
  /** Rows that the canary answered in this step. */
  minPredictions: z.int().min(0).default(0),
  /** Rows of them whose ground truth has arrived. */
  minLabels: z.int().min(0).default(0),
  /** Least length of the step, on the plan's clock. */
  minDurationMs: z.int().min(0).default(0),
  /** Least length of the step by the server's clock, whatever the plan's clock: time for slow harm to show. */
  bakeMs: z.int().min(0).default(0),
  /** When the step has not passed by then (by the server's clock), `onTimeLimit` says what happens. Default: it waits. */
  maxDurationMs: z.int().min(1).optional(),
})

/** How a version reaches its traffic. Copied into the rollout: a later change of a policy does not move it. */
export const RolloutPlan = z.object({
  /** First mirrors requests to the version, unseen by callers, until it has answered so many rows. */
  shadow: z.object({ minPredictions: z.int().min(1), maxDurationMs: z.int().min(1).optional() }).optional(),
  steps: z.array(RolloutStep).min(1).max(50),
  guardrails: z.array(Guardrail).max(20).default([]),
  /**
   * Whether a step may pass while a guardrail has too little data for a verdict. `hold` waits for it, until the step's time
   * limit where it has one.
   */
  withoutVerdict: z.enum(['pass', 'hold']).default('pass'),
  onTimeLimit: z.enum(['pause', 'roll-back', 'pass']).default('pause'),
  /** What durations are measured by: the rows' event times, or the server's clock. */
  clock: z.enum(['event', 'wall']).default('wall'),
})
export type RolloutPlan = z.infer<typeof RolloutPlan>

/** What a guardrail says. Figures are null where there is nothing to compare yet. `n`: the canary's observations. */
export const GuardrailReading = z.object({
  guardrail: z.string(),
  metric: Guardrail.shape.metric,
  verdict: z.enum(['pass', 'fail', 'not_enough_data']),
  champion: z.number().nullable(),
  canary: z.number().nullable(),
  /** How much worse the canary is (negative: better), with the bounds that hold at every look. */
  difference: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  limit: z.number(),
  n: z.number(),
})
export type GuardrailReading = z.infer<typeof GuardrailReading>
