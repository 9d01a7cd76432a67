import { EpochMs } from '@millrace/contract'
import { z } from 'zod'
import { Key, MetricValue, RunId } from './run.ts'

/** A metric measured for a logged model: in which run, and on which data where that was said. */
export const LoggedModelMetric = z.object({
  key: Key,
  value: MetricValue,
  step: z.int(),
  timestampMs: EpochMs,
  runId: z.string(),
  datasetName: z.string().nullable(),
  datasetDigest: z.string().nullable(),
})
export type LoggedModelMetric = z.infer<typeof LoggedModelMetric>

/** A model as a run logged it, before anybody registers it: a folder of artifacts of its own. */
export const LoggedModel = z.object({
  id: RunId,
  experimentId: z.string(),
  name: z.string(),
  runId: z.string().nullable(),
  status: z.enum(['pending', 'ready', 'failed']),
  type: z.string(),
  params: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  metrics: z.array(LoggedModelMetric),
  deleted: z.boolean(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  artifactRoot: z.string(),
})
export type LoggedModel = z.infer<typeof LoggedModel>

/** One of the orders of a search of logged models: an attribute's name, or `metrics.x` (its latest value, on the data named). */
export const LoggedModelOrder = z.object({
  field: z.string().min(1).max(600),
  descending: z.boolean().default(false),
  datasetName: z.string().optional(),
  datasetDigest: z.string().optional(),
})
export type LoggedModelOrder = z.infer<typeof LoggedModelOrder>
