import type { Expression, Kysely, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Aggregation, MetricFilter, MetricQuery, MetricView } from '../model/trace-metrics.ts'
import { known } from '../model/trace.ts'
import type { TraceTables } from './tables.ts'

/** One point of a metric: where it is (`time_bucket` is epoch milliseconds), and its aggregates in the order asked for. */
export interface MetricRow {
  readonly bucketMs: number | undefined
  readonly dimensions: Readonly<Record<string, string>>
  readonly values: readonly (number | null)[]
}

const state = sql`(case t.state when 'unspecified' then 'STATE_UNSPECIFIED' else upper(t.state) end)`

const measured: Readonly<Record<MetricView, Readonly<Record<string, Expression<unknown>>>>> = {
  traces: {
    trace_count: sql`1`,
    session_count: sql.ref('t.session_id'),
    latency: sql.ref('t.duration_ms'),
    input_tokens: sql.ref('t.input_tokens'),
    output_tokens: sql.ref('t.output_tokens'),
    total_tokens: sql.ref('t.total_tokens'),
    cache_read_input_tokens: sql.ref('t.cache_read_tokens'),
    cache_creation_input_tokens: sql.ref('t.cache_creation_tokens'),
  },
  spans: {
    span_count: sql`1`,
    latency: sql`((s.ended_at_us - s.started_at_us) / 1000)`,
    input_cost: sql.ref('s.input_cost'),
    output_cost: sql.ref('s.output_cost'),
    total_cost: sql.ref('s.total_cost'),
  },
  assessments: { assessment_count: sql`1`, assessment_value: sql.ref('a.number') },
}

const dimensionSql: Readonly<Record<string, Expression<unknown>>> = {
  trace_name: sql.ref('t.name'),
  trace_status: state,
  span_name: sql.ref('s.name'),
  span_type: sql.ref('s.type'),
  span_status: sql`upper(s.status)`,
  span_model_name: sql.ref('s.model_name'),
  span_model_provider: sql.ref('s.model_provider'),
  assessment_name: sql.ref('a.name'),
  assessment_value: sql.ref('a.value'),
}

const sources: Readonly<Record<MetricView, RawBuilder<unknown>>> = {
  traces: sql`traces_trace t`,
  spans: sql`traces_trace t join traces_span s on s.workspace = t.workspace and s.trace_id = t.id`,
  assessments: sql`traces_trace t join traces_assessment a on a.workspace = t.workspace and a.trace_id = t.id and a.valid = 1`,
}

/** Measures traces, spans or assessments of some experiments; points in order of time and dimensions. */
export async function queryMetrics(
  db: Kysely<TraceTables>,
  workspace: string,
  experiments: readonly number[],
  query: MetricQuery & { readonly filters: readonly MetricFilter[]; readonly limit: number },
): Promise<MetricRow[]> {
  if (experiments.length === 0) return []
  const { intervalMs } = query
  const groups = groupsOf(query)
  const names = groups.map((_group, index) => sql.ref(`g${index}`))
  const inner = sql.join([
    ...groups.map((group, index) => sql`${group} as ${sql.ref(`g${index}`)}`),
    sql`${valueOf(query)} as v`,
  ])
  const partition = names.length === 0 ? sql`` : sql`partition by ${sql.join(names)}`
  const grouped = names.length === 0 ? sql`` : sql`group by ${sql.join(names)} order by ${sql.join(names)}`
  const selected = [
    ...names,
    ...query.aggregations.map((one, index) => sql`${aggregate(one, query)} as ${sql.ref(`v${index}`)}`),
  ]
  const { rows } = await sql<Record<string, unknown>>`
    select ${sql.join(selected)} from (
      select f.*, row_number() over (${partition} order by v) as rank, count(*) over (${partition}) as total
      from (select ${inner} from ${sources[query.view]} where ${sql.join(conditionsOf(workspace, experiments, query), sql` and `)}) f
      where v is not null ${notNull(names)}
    ) r ${grouped} limit ${query.limit}`.execute(db)
  return rows
    .map((row) => ({
      bucketMs: intervalMs === undefined ? undefined : Number(row['g0']),
      dimensions: Object.fromEntries(
        query.dimensions.map((name, index) => [name, String(row[`g${index + (intervalMs === undefined ? 0 : 1)}`])]),
      ),
      values: query.aggregations.map((_one, index) => numberOrNull(row[`v${index}`])),
    }))
    .filter(({ values }) => values.some((value) => value !== null))
}

/** The time bucket first, then the dimensions. */
function groupsOf({ view, dimensions, intervalMs }: MetricQuery): Expression<unknown>[] {
  const groups = dimensions.map((name) => dimensionSql[name] ?? sql`null`)
  if (intervalMs === undefined) return groups
  const at = view === 'spans' ? sql`(s.started_at_us / 1000)` : sql.ref('t.started_at_ms')
  return [sql`(${at} - (${at} % ${sql.lit(intervalMs)}))`, ...groups]
}

function valueOf({ view, metric }: MetricQuery): Expression<unknown> {
  const value = measured[view][metric] ?? sql`null`
  return metric === 'session_count' ? value : sql`cast(${value} as double precision)`
}

/**
 * A percentile is the weighted sum of the two values around it (linear interpolation, Hyndman and Fan's seventh
 * definition): value number r of n weighs max(0, 1 - |r - (1 + (n - 1) p)|).
 */
function aggregate({ type, percentile = 0 }: Aggregation, { metric }: MetricQuery): Expression<unknown> {
  if (type === 'count') return metric === 'session_count' ? sql`count(distinct v)` : sql`count(v)`
  if (type !== 'percentile') return sql`${sql.raw(type)}(v)`
  const weight = sql`(1 - abs(rank - (1 + (total - 1) * cast(${percentile / 100} as double precision))))`
  return sql`sum(case when ${weight} > 0 then v * ${weight} else 0 end)`
}

function notNull(names: readonly Expression<unknown>[]): Expression<unknown> {
  return names.length === 0
    ? sql``
    : sql`and ${sql.join(
        names.map((name) => sql`${name} is not null`),
        sql` and `,
      )}`
}

function conditionsOf(
  workspace: string,
  experiments: readonly number[],
  query: MetricQuery & { readonly filters: readonly MetricFilter[] },
): RawBuilder<SqlBool>[] {
  const { view, metric, fromMs, toMs } = query
  const conditions: RawBuilder<SqlBool>[] = [
    sql`t.workspace = ${workspace}`,
    sql`t.experiment in (${sql.join(experiments)})`,
  ]
  // Money is counted where it was spent; everything else by its trace's time.
  const at = view === 'spans' && metric.endsWith('_cost') ? sql`(s.started_at_us / 1000)` : sql.ref('t.started_at_ms')
  if (fromMs !== undefined) conditions.push(sql`${at} >= ${fromMs}`)
  if (toMs !== undefined) conditions.push(sql`${at} <= ${toMs}`)
  for (const filter of query.filters) conditions.push(filterSql(filter))
  return conditions
}

function filterSql({ view, entity, key = '', value }: MetricFilter): RawBuilder<SqlBool> {
  const column = columns[`${view}.${entity}`] ?? ownColumn(entity, key)
  if (column !== undefined) return sql`${column} = ${value}`
  return sql`exists (select 1 from traces_label l where l.workspace = t.workspace and l.trace_id = t.id
    and l.kind = ${entity} and l.key = ${key} and l.value = ${value})`
}

const columns: Readonly<Record<string, Expression<unknown>>> = {
  'span.name': sql.ref('s.name'),
  'span.type': sql.ref('s.type'),
  'span.status': sql`upper(s.status)`,
  'assessment.name': sql.ref('a.name'),
  'assessment.type': sql.ref('a.kind'),
  'trace.status': state,
}

/** The labels that have a column of their own. */
function ownColumn(entity: string, key: string): Expression<unknown> | undefined {
  if (entity === 'tag' && key === known.name) return sql.ref('t.name')
  return entity === 'metadata' && key === known.session ? sql.ref('t.session_id') : undefined
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
