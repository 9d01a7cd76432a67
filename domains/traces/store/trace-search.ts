import type { Dialect } from '@millrace/kernel/db'
import type { Expression, Kysely, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Clause, TraceOrder } from '../model/trace-filter.ts'
import { known } from '../model/trace.ts'
import { conditionOn, spanAttribute } from './conditions.ts'
import { headLength } from './label-rows.ts'
import type { TraceTables } from './tables.ts'

export interface TraceSearch {
  /** Numbers; undefined is all experiments. */
  readonly experiments: readonly number[] | undefined
  /** A trace meets all of them; within one filter, what is said of spans is said of one and the same. */
  readonly filters: readonly (readonly Clause[])[]
  readonly orders: readonly TraceOrder[]
  readonly limit: number
  readonly offset: number
  /** Where the page before ended, in the usual order; instead of an offset. */
  readonly after?: { readonly startedAtMs: number; readonly id: string }
}

const attributes = {
  request_id: sql.ref('t.id'),
  experiment_id: sql.ref('t.experiment'),
  timestamp_ms: sql.ref('t.started_at_ms'),
  execution_time_ms: sql.ref('t.duration_ms'),
  end_time_ms: sql`(t.started_at_ms + coalesce(t.duration_ms, 0))`,
  status: sql`(case t.state when 'unspecified' then 'STATE_UNSPECIFIED' else upper(t.state) end)`,
  client_request_id: sql.ref('t.client_request_id'),
} as const

/** The ids of the traces found, one more than `limit` where there is one; newest first unless ordered otherwise. */
export async function searchTraces(
  db: Kysely<TraceTables>,
  dialect: Dialect,
  workspace: string,
  search: TraceSearch,
): Promise<string[]> {
  const conditions = await conditionsOf(db, dialect, workspace, search)
  if (conditions === undefined) return []
  const { after } = search
  if (after !== undefined) {
    conditions.push(
      sql`(t.started_at_ms < ${after.startedAtMs} or (t.started_at_ms = ${after.startedAtMs} and t.id > ${after.id}))`,
    )
  }
  const order = sql.join([...search.orders.flatMap(orderSql), sql`t.started_at_ms desc`, sql`t.id`])
  const { rows } = await sql<{ id: string }>`select t.id from traces_trace t where ${sql.join(conditions, sql` and `)}
    order by ${order} limit ${search.limit + 1} offset ${search.offset}`.execute(db)
  return rows.map(({ id }) => id)
}

/** How many traces of some experiments meet all of the filters. */
export async function countTraces(
  db: Kysely<TraceTables>,
  dialect: Dialect,
  workspace: string,
  search: Pick<TraceSearch, 'experiments' | 'filters'>,
): Promise<number> {
  const conditions = await conditionsOf(db, dialect, workspace, search)
  if (conditions === undefined) return 0
  const { rows } = await sql<{ found: number }>`select count(*) as found from traces_trace t
    where ${sql.join(conditions, sql` and `)}`.execute(db)
  return rows[0]?.found ?? 0
}

type Condition = RawBuilder<SqlBool>

/** Undefined where nothing can be found. */
async function conditionsOf(
  db: Kysely<TraceTables>,
  dialect: Dialect,
  workspace: string,
  { experiments, filters }: Pick<TraceSearch, 'experiments' | 'filters'>,
): Promise<Condition[] | undefined> {
  const conditions: Condition[] = [sql`t.workspace = ${workspace}`]
  if (experiments !== undefined) {
    if (experiments.length === 0) return undefined
    conditions.push(sql`t.experiment in (${sql.join(experiments)})`)
  }
  for (const clauses of filters) conditions.push(...(await filterSql(db, dialect, workspace, clauses)))
  return conditions
}

async function filterSql(
  db: Kysely<TraceTables>,
  dialect: Dialect,
  workspace: string,
  clauses: readonly Clause[],
): Promise<Condition[]> {
  const conditions: Condition[] = []
  const resolved: Clause[] = []
  for (const clause of clauses) {
    resolved.push(dialect === 'sqlite' && clause.comparator === 'RLIKE' ? await matched(db, workspace, clause) : clause)
  }
  const ofSpans = resolved.filter(({ entity, key }) => entity === 'span' && key !== 'content')
  if (ofSpans.length > 0) {
    const own = ofSpans.map((clause) => conditionOn(dialect, spanValue(dialect, clause.key), clause))
    conditions.push(spanExists(sql.join(own, sql` and `)))
  }
  for (const clause of resolved) if (!ofSpans.includes(clause)) conditions.push(clauseSql(dialect, clause))
  return conditions
}

function spanExists(condition: Expression<unknown>): Condition {
  return sql`exists (select 1 from traces_span s where s.workspace = t.workspace and s.trace_id = t.id and ${condition})`
}

function spanValue(dialect: Dialect, key: string): Expression<unknown> {
  if (key.startsWith('attributes.'))
    return spanAttribute(dialect, sql.ref('s.content'), key.slice('attributes.'.length))
  if (key === 'status') return sql`upper(s.status)`
  return sql.ref(`s.${key}`)
}

function clauseSql(dialect: Dialect, clause: Clause): Condition {
  const { entity, key, comparator, value } = clause
  switch (entity) {
    case 'attribute':
      return conditionOn(dialect, attributes[key as keyof typeof attributes], clause) // the parser lets only these through
    case 'run':
      return sql`(${labelExists('run', String(value))} or ${labelExists('metadata', known.sourceRun, clause, dialect)})`
    case 'prompt':
      return labelExists('prompt', String(value))
    case 'span':
      return spanExists(conditionOn(dialect, sql.ref('s.content'), clause))
    case 'issue':
      return assessmentCondition(dialect, 'issue', String(value), { comparator: 'IS NOT NULL', value: null })
    case 'feedback':
    case 'expectation':
      return assessmentCondition(dialect, entity, key, { comparator, value })
    default:
      return labelCondition(dialect, entity, clause)
  }
}

function labelCondition(dialect: Dialect, kind: 'tag' | 'metadata', clause: Clause): Condition {
  const { key, comparator } = clause
  if (kind === 'tag' && key === known.name) return conditionOn(dialect, sql.ref('t.name'), clause)
  if (kind === 'metadata' && key === known.session) return conditionOn(dialect, sql.ref('t.session_id'), clause)
  if (comparator === 'IS NULL') return sql`not ${labelExists(kind, key)}`
  if (comparator === 'IS NOT NULL') return labelExists(kind, key)
  return labelExists(kind, key, clause, dialect)
}

function labelExists(kind: string, key: string, clause?: Clause, dialect: Dialect = 'sqlite'): Condition {
  const own = sql`select 1 from traces_label l where l.workspace = t.workspace and l.trace_id = t.id and l.kind = ${kind} and l.key = ${key}`
  if (clause === undefined) return sql`exists (${own})`
  const value = conditionOn(dialect, sql.ref('l.value'), clause)
  if (clause.comparator !== '=') return sql`exists (${own} and ${value})`
  // Equal values are found by the index on their heads; few traces have one, so the search may begin there.
  const head = String(clause.value).slice(0, headLength)
  return sql`t.id in (select l.trace_id from traces_label l where l.workspace = t.workspace and l.kind = ${kind} and l.key = ${key} and l.head = ${head} and ${value})`
}

/** On the trace itself, or on another of its session when the assessment is one of the whole session. */
function assessmentCondition(
  dialect: Dialect,
  kind: string,
  name: string,
  { comparator, value }: Pick<Clause, 'comparator' | 'value'>,
): Condition {
  const missing = comparator === 'IS NULL'
  const valid = kind === 'issue' ? sql`1 = 1` : sql`a.valid = 1`
  const test = missing || comparator === 'IS NOT NULL' ? sql`1 = 1` : valueCondition(dialect, { comparator, value })
  const own = sql`a.workspace = t.workspace and a.kind = ${kind} and a.name = ${name} and ${valid} and ${test}`
  const found = sql`(exists (select 1 from traces_assessment a where a.trace_id = t.id and ${own})
    or (t.session_id is not null and exists (select 1 from traces_assessment a
      join traces_trace o on o.workspace = a.workspace and o.id = a.trace_id
      where a.of_session = 1 and o.session_id = t.session_id and o.experiment = t.experiment and ${own})))`
  return missing ? sql`not ${found}` : sql`${found}`
}

/** Values are JSON: a text is compared with quotes and without, so that `'true'` finds true as well as "true". */
function valueCondition(dialect: Dialect, { comparator, value }: Pick<Clause, 'comparator' | 'value'>): Condition {
  if (typeof value === 'number') return sql`a.is_number = 1 and a.number ${sql.raw(comparator)} ${value}`
  const text = String(value)
  if (comparator !== '=' && comparator !== '!=') return conditionOn(dialect, sql.ref('a.value'), { comparator, value })
  const number = text.trim() === '' ? NaN : Number(text)
  const asNumber = Number.isFinite(number) ? sql` or (a.is_number = 1 and a.number = ${number})` : sql``
  const same = sql`(a.value = ${text} or a.value = ${JSON.stringify(text)}${asNumber})`
  return comparator === '=' ? sql`${same}` : sql`not ${same}`
}

/** SQLite has no regular expressions: the values that there are are matched here, and those that match are asked for. */
async function matched(db: Kysely<TraceTables>, workspace: string, clause: Clause): Promise<Clause> {
  const { rows } = await valuesOf(workspace, clause).execute(db)
  const pattern = RegExp(String(clause.value))
  const values = rows.map(({ value }) => String(value)).filter((value) => pattern.test(value))
  return { ...clause, comparator: 'IN', value: values }
}

function valuesOf(workspace: string, { entity, key }: Clause): RawBuilder<{ value: string | number }> {
  if (entity === 'span') {
    const value = spanValue('sqlite', key)
    return sql`select distinct ${value} as value from traces_span s where s.workspace = ${workspace} and ${value} is not null`
  }
  if (entity === 'feedback' || entity === 'expectation')
    return sql`select distinct a.value as value from traces_assessment a where a.workspace = ${workspace} and a.kind = ${entity} and a.name = ${key}`
  const column = columnOf(entity, key)
  if (column !== undefined)
    return sql`select distinct ${column} as value from traces_trace t where t.workspace = ${workspace} and ${column} is not null`
  return sql`select distinct l.value as value from traces_label l where l.workspace = ${workspace} and l.kind = ${entity} and l.key = ${key}`
}

function columnOf(entity: string, key: string): Expression<unknown> | undefined {
  if (entity === 'attribute') return attributes[key as keyof typeof attributes] // the parser lets only these through
  if (entity === 'tag' && key === known.name) return sql.ref('t.name')
  return entity === 'metadata' && key === known.session ? sql.ref('t.session_id') : undefined
}

/** Traces without the value come last in both directions. */
function orderSql({ entity, key, descending }: TraceOrder): Expression<unknown>[] {
  const value =
    columnOf(entity, key) ??
    sql`(select l.value from traces_label l where l.workspace = t.workspace and l.trace_id = t.id and l.kind = ${entity} and l.key = ${key})`
  return [sql`case when ${value} is null then 1 else 0 end`, descending ? sql`${value} desc` : sql`${value}`]
}
