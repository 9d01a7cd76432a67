import { correlateFilters, measureTraces } from '@millrace/traces'
import type { Aggregation, MetricView } from '@millrace/traces/contract'
import type { Message } from '../../wire/message.ts'
import { float, messages, missing, optionalInteger, optionalText, text, texts, wrong } from '../../wire/message.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { experimentNumber } from './traces.ts'

const since = 3

/** `traces/metrics` and `traces/calculate-filter-correlation` */
export const traceMetricRoutes: readonly Route[] = [
  route('POST', 'traces/metrics', measure, { since }),
  route('POST', 'traces/calculate-filter-correlation', correlate, { since }),
]

const views: Readonly<Record<string, MetricView>> = {
  TRACES: 'traces',
  SPANS: 'spans',
  ASSESSMENTS: 'assessments',
  '1': 'traces',
  '2': 'spans',
  '3': 'assessments',
}
const aggregations: Readonly<Record<string, Aggregation['type']>> = {
  COUNT: 'count',
  SUM: 'sum',
  AVG: 'avg',
  PERCENTILE: 'percentile',
  MIN: 'min',
  MAX: 'max',
  '1': 'count',
  '2': 'sum',
  '3': 'avg',
  '4': 'percentile',
  '5': 'min',
  '6': 'max',
}

async function measure({ runtime, context, message }: Call) {
  const experimentIds = experimentsOf(message)
  const metric = text(message, 'metric_name')
  const asked = messages(message, 'aggregations')
  if (asked.length === 0) throw missing('aggregations')
  const wanted = asked.map(aggregationOf)
  const seconds = optionalInteger(message, 'time_interval_seconds')
  const fromMs = optionalInteger(message, 'start_time_ms')
  const toMs = optionalInteger(message, 'end_time_ms')
  const { items } = await runtime.runner.ask(
    measureTraces,
    {
      experimentIds,
      view: named(views, message, 'view_type'),
      metric,
      aggregations: wanted,
      dimensions: texts(message, 'dimensions'),
      filters: texts(message, 'filters'),
      limit: Math.min(Math.max(optionalInteger(message, 'max_results') ?? 1000, 1), 10_000),
      ...(seconds === undefined || seconds === 0 ? {} : { intervalMs: seconds * 1000 }),
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(toMs === undefined ? {} : { toMs }),
    },
    context,
  )
  const points = items.map(({ bucketMs, dimensions, values }) => ({
    metric_name: metric,
    dimensions: { ...(bucketMs === undefined ? {} : { time_bucket: isoTime(bucketMs) }), ...dimensions },
    values: Object.fromEntries(
      values.flatMap((value, index) => (value === null ? [] : [[titleOf(wanted[index]), value]])),
    ),
  }))
  return { data_points: points.length === 0 ? undefined : points }
}

function experimentsOf(message: Message): string[] {
  const ids = texts(message, 'experiment_ids')
  if (ids.length === 0) throw missing('experiment_ids')
  return ids.map(experimentNumber)
}

function named<T>(names: Readonly<Record<string, T>>, message: Message, name: string): T {
  const value = message[name]
  if (value === undefined || value === null) throw missing(name)
  const found = typeof value === 'string' || typeof value === 'number' ? names[value] : undefined
  if (found === undefined) throw wrong(name, value)
  return found
}

function aggregationOf(message: Message): Aggregation {
  const type = named(aggregations, message, 'aggregation_type')
  if (type !== 'percentile') return { type }
  return { type, percentile: Number(float(message, 'percentile_value')) }
}

/** As MLflow names the value of an aggregation: `AVG`, `P95.0`. */
function titleOf(aggregation: Aggregation | undefined): string {
  if (aggregation?.type !== 'percentile') return aggregation?.type.toUpperCase() ?? ''
  const { percentile = 0 } = aggregation
  return `P${Number.isInteger(percentile) ? percentile.toFixed(1) : percentile}`
}

/** As Python writes a time in UTC. */
function isoTime(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .replace(/\.000Z$/, '+00:00')
    .replace(/\.(\d{3})Z$/, '.$1000+00:00')
}

async function correlate({ runtime, context, message }: Call) {
  const { npmi, npmiSmoothed, first, second, joint, total } = await runtime.runner.ask(
    correlateFilters,
    {
      experimentIds: experimentsOf(message),
      first: text(message, 'filter_string1'),
      second: text(message, 'filter_string2'),
      base: optionalText(message, 'base_filter') ?? '',
    },
    context,
  )
  return {
    npmi: npmi ?? 'NaN',
    npmi_smoothed: npmiSmoothed ?? 'NaN',
    filter1_count: first,
    filter2_count: second,
    joint_count: joint,
    total_count: total,
  }
}
