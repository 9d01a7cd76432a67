import { z } from 'zod'
import { Quantiles } from '../statistics/model/series-endpoints.ts'

/** One logged row. Inputs and outputs are by name; `label` is the last ground truth that was sent for it. */
export const Prediction = z.object({
  id: z.string(),
  requestId: z.string(),
  row: z.int(),
  endpoint: z.string(),
  deploymentId: z.string(),
  versionId: z.string(),
  version: z.int(),
  role: z.string(),
  rolloutId: z.string().nullable(),
  eventTimeMs: z.number(),
  loggedAtMs: z.number(),
  latencyUs: z.number(),
  status: z.int(),
  /** Who asked, where the server knows callers. */
  caller: z.string().nullable(),
  /** The W3C trace that the request belonged to. */
  traceId: z.string().nullable(),
  inputs: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.unknown()),
  label: z.object({ value: z.number().nullable(), eventTimeMs: z.number(), receivedAtMs: z.number() }).nullable(),
})
export type Prediction = z.infer<typeof Prediction>

/** Answers of one deployment since the data plane started. Latencies in ms; null before the first answer. */
export const DeploymentStatistics = z.object({
  deploymentId: z.string(),
  versionId: z.string(),
  version: z.int(),
  role: z.string(),
  weight: z.number(),
  requests: z.number(),
  rows: z.number(),
  errors: z.number(),
  /** Requests per second over the last ten seconds. */
  rate: z.number(),
  errorRate: z.number().nullable(),
  latencyMs: Quantiles,
  /** From arrival to the run. */
  queueMs: Quantiles,
  /** Runs of the model, by the rows in them; fewest rows first. */
  batches: z.array(z.object({ rows: z.int(), runs: z.int() })),
  /** Rows in a run, on average; null where nothing ran. */
  batchRows: z.number().nullable(),
  cacheHits: z.number(),
  cacheMisses: z.number(),
})

/** Requests of one caller since the data plane started; `limited` were turned away by a limit. */
export const CallerStatistics = z.object({
  caller: z.string(),
  requests: z.number(),
  errors: z.number(),
  limited: z.number(),
})
