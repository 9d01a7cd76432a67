import { endpoint, EpochMs, Name, ref } from '@millrace/contract'
import { z } from 'zod'
import { servingProblem } from '../../model/serving-problems.ts'

/** Milliseconds; null where nothing was measured. */
export const Quantiles = z
  .object({ mean: z.number(), p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number(), p999: z.number() })
  .nullable()
export type Quantiles = z.infer<typeof Quantiles>

/** One deployment's span of the series. */
export const SeriesPoint = z.object({
  atMs: EpochMs,
  deploymentId: z.string(),
  version: z.int(),
  requests: z.number(),
  rows: z.number(),
  errors: z.number(),
  /** Requests per second. */
  rate: z.number(),
  latencyMs: Quantiles,
  /** From arrival to the run. */
  queueMs: Quantiles,
  /** Rows in a run, on average; null where nothing ran. */
  batchRows: z.number().nullable(),
  cacheHits: z.number(),
  cacheMisses: z.number(),
})
export type SeriesPoint = z.infer<typeof SeriesPoint>

const onEndpoint = {
  permission: 'model-serving:read' as const,
  on: (input: { name: string }) => ref('endpoint', input.name),
}

export const readSeries = endpoint({
  name: 'model-serving.read-series',
  method: 'GET',
  path: '/endpoints/{name}/series',
  summary: 'Reads what an endpoint’s deployments did over time, from minutes that are kept for a week',
  needs: onEndpoint,
  input: z.object({
    name: Name,
    /** Default: an hour before `toMs`. */
    fromMs: z.coerce.number().optional(),
    /** Default: now. */
    toMs: z.coerce.number().optional(),
    /** Length of a point, whole minutes; default: at most 300 points. */
    stepMs: z.coerce.number().int().min(60_000).optional(),
  }),
  output: z.object({ endpoint: z.string(), stepMs: z.number(), points: z.array(SeriesPoint) }),
  problems: [servingProblem['unknown-endpoint']],
})

/** How an output of a shadow compares with what was answered. */
export const ShadowOutputReport = z.object({
  name: z.string(),
  elements: z.number(),
  /** Share of the elements that are equal (floating point: within 1e-6 relative). */
  agreement: z.number().nullable(),
  meanAbsoluteDifference: z.number().nullable(),
  maxAbsoluteDifference: z.number(),
})

export const ShadowReport = z.object({
  deploymentId: z.string(),
  versionId: z.string(),
  version: z.int(),
  role: z.string(),
  rolloutId: z.string().nullable(),
  /** Rows that both answered. */
  rows: z.number(),
  /** Requests that the shadow failed, refused or was too slow for. */
  missed: z.number(),
  outputs: z.array(ShadowOutputReport),
  updatedAtMs: EpochMs,
})
export type ShadowReport = z.infer<typeof ShadowReport>

export const readShadowReport = endpoint({
  name: 'model-serving.read-shadow-report',
  method: 'GET',
  path: '/endpoints/{name}/shadow-report',
  summary: 'Compares what shadows of an endpoint answered with the answers that were given, the last shadow first',
  needs: onEndpoint,
  input: z.object({ name: Name }),
  output: z.object({ endpoint: z.string(), shadows: z.array(ShadowReport) }),
  problems: [servingProblem['unknown-endpoint']],
})
