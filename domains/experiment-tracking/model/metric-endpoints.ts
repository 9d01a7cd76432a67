import { endpoint, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from './problems.ts'
import { Key, MetricPoint, MetricValue, RunId, StepNumber, TimeNumber } from './run.ts'
import { noMetrics } from './series/metric-batch.ts'
import { LoggedMetrics } from './series/read-metrics.ts'

const read = 'experiment-tracking:read'
const write = 'experiment-tracking:write'
const onRun = (input: { id: string }) => ref('run', input.id)
const RunIdInput = z.object({ id: RunId })
const MetricInput = RunIdInput.extend({ key: Key })

export const logRun = endpoint({
  name: 'experiment-tracking.log-run',
  method: 'POST',
  path: '/runs/{id}/log',
  summary: 'Logs metrics, params and tags, all or nothing; sent again it changes nothing',
  needs: { permission: write, on: onRun },
  input: RunIdInput.extend({
    metrics: LoggedMetrics.default(noMetrics),
    params: z.record(Key, z.string().max(100_000)).default({}),
    tags: z.record(Key, z.string().max(100_000)).default({}),
  }),
  output: z.object({}),
  problems: [problem['run-not-found'], problem['run-deleted'], problem['param-changed']],
})

export const readMetricHistory = endpoint({
  name: 'experiment-tracking.read-metric-history',
  method: 'GET',
  path: '/runs/{id}/metrics/{key}',
  summary: 'Reads the points of a metric, by step or by time; integers beyond 2^53 come as text',
  needs: { permission: read, on: onRun },
  input: MetricInput.extend({
    order: z.enum(['step', 'time']).default('step'),
    limit: z.coerce.number().int().min(1).max(1_000_000).default(25_000),
    pageToken: z.string().max(1024).optional(),
  }),
  output: z.object({ points: z.array(MetricPoint), total: z.int(), nextPageToken: z.string().optional() }),
  problems: [problem['run-not-found']],
})

export const readMetricsAt = endpoint({
  name: 'experiment-tracking.read-metrics-at',
  method: 'GET',
  path: '/runs/{id}/metrics-at',
  summary: 'Reads where metrics stood at a step: the last point at or before it, of every metric or of some',
  needs: { permission: read, on: onRun },
  input: RunIdInput.extend({
    step: z.coerce.number(),
    keys: z.union([Key.transform((key) => [key]), z.array(Key).max(500)]).optional(),
  }),
  output: z.object({ metrics: z.record(z.string(), MetricPoint) }),
  problems: [problem['run-not-found']],
})

const Reason = z.string().max(2000).optional()

export const editMetric = endpoint({
  name: 'experiment-tracking.edit-metric',
  method: 'PATCH',
  path: '/runs/{id}/metrics/{key}',
  summary: 'Corrects points of a metric; the audit keeps what they were',
  needs: { permission: write, on: onRun },
  input: MetricInput.extend({
    changes: z
      .array(
        z.object({
          /** The point: all at this step, or the one with this time, or this value. */
          step: StepNumber,
          timestampMs: TimeNumber.optional(),
          value: MetricValue.optional(),
          /** What it becomes; null takes it out. */
          to: z
            .object({
              step: StepNumber.optional(),
              timestampMs: TimeNumber.optional(),
              value: MetricValue.optional(),
            })
            .nullable(),
        }),
      )
      .min(1)
      .max(1000),
    reason: Reason,
  }),
  output: z.object({ changed: z.int(), total: z.int() }),
  problems: [problem['run-not-found'], problem['run-deleted'], problem['point-not-found']],
})

export const deleteMetric = endpoint({
  name: 'experiment-tracking.delete-metric',
  method: 'DELETE',
  path: '/runs/{id}/metrics/{key}',
  summary: 'Deletes a metric, or its points between two steps (both included); the audit keeps its summary',
  needs: { permission: write, on: onRun },
  input: MetricInput.extend({
    fromStep: z.coerce.number().optional(),
    toStep: z.coerce.number().optional(),
    reason: Reason,
  }),
  output: z.object({ deleted: z.int(), total: z.int() }),
  problems: [problem['run-not-found'], problem['run-deleted'], problem['metric-not-found']],
})

/** What the x-axis of series is: the step, the time, the time since the series began, or another metric by step. */
export const SeriesAxis = z.union([z.enum(['step', 'time', 'relative-time']), z.object({ metric: Key })])
export type SeriesAxis = z.infer<typeof SeriesAxis>

/** One series at the resolution of a screen. */
export const ShownSeries = z.object({
  runId: z.string(),
  key: z.string(),
  /** Points of the series, and how many of them have an x within the range asked for. */
  total: z.int(),
  inRange: z.int(),
  /** The first, least, greatest and last point of every bucket, by x: no extreme is left out. NaN is a gap. */
  x: z.array(MetricValue),
  y: z.array(MetricValue),
})
export type ShownSeries = z.infer<typeof ShownSeries>

/** Served by `http/series`, which answers in JSON or, where it is accepted, in binary columns. */
export const readSeries = endpoint({
  name: 'experiment-tracking.read-series',
  method: 'POST',
  path: '/runs/series',
  summary:
    'Reads series of several runs at the resolution of a screen. With "Accept: application/octet-stream" the answer is binary: ' +
    'a little-endian uint32, the length of the JSON header that follows (the same answer, its x and y being offset and count ' +
    'in numbers), spaces up to a multiple of 8 bytes, then the numbers as float64',
  // Each of the runs is asked about; the first stands for them here.
  needs: { permission: read, on: (input) => ref('run', input.runs[0] ?? '') },
  input: z.object({
    runs: z.array(RunId).min(1).max(100),
    keys: z.array(Key).min(1).max(100),
    x: SeriesAxis.default('step'),
    /** Only points whose x lies between these, both included. */
    from: z.number().optional(),
    to: z.number().optional(),
    /** Buckets of equal width, one per pixel column. A series with at most four times as many points comes whole. */
    buckets: z.int().min(1).max(10_000).default(500),
  }),
  output: z.object({ series: z.array(ShownSeries) }),
  problems: [],
})

/** Served by `http/series` as a stream. */
export const exportMetrics = endpoint({
  name: 'experiment-tracking.export-metrics',
  method: 'GET',
  path: '/runs/{id}/metrics-export',
  summary:
    'Exports every point of a run’s metrics, or of some, as CSV or Parquet: run_id, key, step, timestamp_ms, value',
  needs: { permission: read, on: onRun },
  input: RunIdInput.extend({
    format: z.enum(['csv', 'parquet']).default('csv'),
    keys: z.union([Key.transform((key) => [key]), z.array(Key).max(500)]).optional(),
  }),
  output: z.unknown(),
  answerType: 'application/octet-stream',
  problems: [problem['run-not-found']],
})
