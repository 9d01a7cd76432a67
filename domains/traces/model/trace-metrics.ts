import { z } from 'zod'
import { Tokens } from './filter-tokens.ts'
import { problem } from './problems.ts'

export const MetricView = z.enum(['traces', 'spans', 'assessments'])
export type MetricView = z.infer<typeof MetricView>

export const Aggregation = z.object({
  type: z.enum(['count', 'sum', 'avg', 'min', 'max', 'percentile']),
  /** 0 to 100; of a percentile. */
  percentile: z.number().min(0).max(100).optional(),
})
export type Aggregation = z.infer<typeof Aggregation>

/** One condition on what is measured: `trace.status = 'OK'`. */
export interface MetricFilter {
  readonly view: 'trace' | 'span' | 'assessment'
  readonly entity: string
  readonly key: string | undefined
  readonly value: string
}

interface MetricForm {
  readonly aggregations: readonly Aggregation['type'][]
  readonly dimensions: readonly string[]
}

const counted: readonly Aggregation['type'][] = ['count']
const averaged: readonly Aggregation['type'][] = ['avg', 'min', 'max', 'percentile']
const summed: readonly Aggregation['type'][] = ['sum', ...averaged]
const tokens: MetricForm = { aggregations: summed, dimensions: ['trace_name'] }
const cost: MetricForm = { aggregations: summed, dimensions: ['span_model_name', 'span_model_provider'] }

/** What can be measured, how, and by what it can be told apart. The names are MLflow's. */
export const metricForms: Readonly<Record<MetricView, Readonly<Record<string, MetricForm>>>> = {
  traces: {
    trace_count: { aggregations: counted, dimensions: ['trace_name', 'trace_status'] },
    session_count: { aggregations: counted, dimensions: [] },
    latency: { aggregations: averaged, dimensions: ['trace_name'] },
    input_tokens: tokens,
    output_tokens: tokens,
    total_tokens: tokens,
    cache_read_input_tokens: tokens,
    cache_creation_input_tokens: tokens,
  },
  spans: {
    span_count: {
      aggregations: counted,
      dimensions: ['span_name', 'span_type', 'span_status', 'span_model_name', 'span_model_provider'],
    },
    latency: { aggregations: averaged, dimensions: ['span_name', 'span_status'] },
    input_cost: cost,
    output_cost: cost,
    total_cost: cost,
  },
  assessments: {
    assessment_count: { aggregations: counted, dimensions: ['assessment_name', 'assessment_value'] },
    assessment_value: { aggregations: averaged, dimensions: ['assessment_name'] },
  },
}

export interface MetricQuery {
  readonly view: MetricView
  readonly metric: string
  readonly aggregations: readonly Aggregation[]
  readonly dimensions: readonly string[]
  readonly intervalMs: number | undefined
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
}

/** Refuses what cannot be measured. Throws `traces/bad-metric-query` in MLflow's words. */
export function checkMetricQuery(query: MetricQuery): void {
  const { view, metric, aggregations, dimensions } = query
  const form = Object.hasOwn(metricForms[view], metric) ? metricForms[view][metric] : undefined
  if (form === undefined)
    throw bad(`metric_name must be one of ${list(Object.keys(metricForms[view]))}, got '${metric}'`)
  const wrong = aggregations.map(({ type }) => type).filter((type) => !form.aggregations.includes(type))
  if (wrong.length > 0) {
    throw bad(
      `Found invalid aggregation_type(s): ${list(upper(wrong))}. Supported aggregation types: ${list(upper(form.aggregations))}`,
    )
  }
  if (aggregations.some(({ type, percentile }) => (type === 'percentile') !== (percentile !== undefined)))
    throw bad('percentile_value is needed for PERCENTILE and for no other aggregation')
  const unknown = dimensions.filter((name) => !form.dimensions.includes(name))
  if (unknown.length > 0)
    throw bad(
      `Found invalid dimension(s): ${list(unknown.toSorted())}. Supported dimensions: ${list(form.dimensions.toSorted())}`,
    )
  if (query.intervalMs !== undefined && (query.fromMs === undefined || query.toMs === undefined))
    throw bad('start_time_ms and end_time_ms are required if time_interval_seconds is set')
}

const filterEntities: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  trace: { status: false, tag: true, metadata: true },
  span: { name: false, status: false, type: false },
  assessment: { name: false, type: false },
}

/** Reads one filter of a metric query: `trace.tag.team = 'a'`. Throws `traces/bad-metric-query`. */
export function parseMetricFilter(text: string, view: MetricView): MetricFilter {
  const words = new Tokens(text)
  const field = words.next('a field')
  if (field.kind !== 'name' || field.prefix === undefined)
    throw bad(
      `Invalid identifier '${field.text}'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.`,
    )
  const known = Object.hasOwn(filterEntities, field.prefix) ? filterEntities[field.prefix] : undefined
  if (known === undefined)
    throw bad(`Invalid view type '${field.prefix}'. Valid values are ${list(Object.keys(filterEntities))}`)
  const [entity = '', ...rest] = field.key.split('.')
  const key = rest.length === 0 ? undefined : rest.join('.')
  checkEntity(field.prefix, entity, key, known)
  const value = readMetricValue(words, entity, text)
  const found = field.prefix as MetricFilter['view'] // one of the three that are known
  if (found !== 'trace' && `${found}s` !== view)
    throw bad(
      `Filtering by ${found} is only supported for ${found.toUpperCase()}S view type, got ${view.toUpperCase()}`,
    )
  return { view: found, entity, key, value }
}

function readMetricValue(words: Tokens, entity: string, text: string): string {
  const comparator = words.comparator()
  if (comparator !== '=') throw bad(`Invalid comparator: '${comparator}', only '=' operator is supported`)
  const token = words.next('a value')
  if (token.kind !== 'text')
    throw bad(`Expected a quoted string value for ${entity} value (e.g. 'my-value'). Got value ${token.text}`)
  if (!words.done()) throw bad(`Invalid filter: '${text.slice(0, 200)}'. Expected one filter clause.`)
  return token.text
}

function checkEntity(
  view: string,
  entity: string,
  key: string | undefined,
  known: Readonly<Record<string, boolean>>,
): void {
  const wantsKey = Object.hasOwn(known, entity) ? known[entity] : undefined
  if (wantsKey === undefined) {
    throw bad(
      `Invalid entity '${entity}' specified for view type '${view}'. Valid entities are ${list(Object.keys(known))}`,
    )
  }
  if (wantsKey && key === undefined)
    throw bad(`Filtering by ${entity} requires a key, e.g. '${view}.${entity}.<key> = <value>'`)
  if (!wantsKey && key !== undefined)
    throw bad(`Filtering by ${entity} does not require a key, use '${view}.${entity}' instead`)
}

function upper(names: readonly string[]): string[] {
  return names.map((name) => name.toUpperCase()).toSorted()
}

/** As Python writes a list of texts. */
function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`
}

function bad(reason: string): Error {
  return problem['bad-metric-query']({ reason })
}
