import type { Dialect } from '@millrace/kernel/db'
import type { Kysely, RawBuilder, Selectable, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Clause } from '../../model/filter.ts'
import type { LoggedModelColumn } from '../../model/logged-model-filter.ts'
import { loggedModelColumns } from '../../model/logged-model-filter.ts'
import { conditionOn } from '../conditions.ts'
import type { TrackingTables } from '../tables.ts'

export interface LoggedModelSearch {
  readonly experiments: readonly number[]
  readonly clauses?: readonly Clause[]
  readonly datasets?: readonly Dataset[]
  readonly orders?: readonly LoggedModelSort[]
  readonly runId?: string | undefined
  readonly limit: number
  readonly offset: number
}

interface Dataset {
  readonly name?: string | undefined
  readonly digest?: string | undefined
}

/** One order: a column, or a metric's latest value on the data named. */
export interface LoggedModelSort extends Pick<Clause, 'entity' | 'key'> {
  readonly descending: boolean
  readonly dataset: Dataset
}

type Row = Selectable<TrackingTables['experiment_tracking_logged_model']>
type Condition = RawBuilder<SqlBool>

/** The models that were not deleted and meet all conditions, one more than `limit` where there are. */
export async function searchLoggedModels(
  db: Kysely<TrackingTables>,
  dialect: Dialect,
  workspace: string,
  search: LoggedModelSearch,
): Promise<Row[]> {
  let found = db
    .selectFrom('experiment_tracking_logged_model as m')
    .selectAll()
    .where('m.workspace', '=', workspace)
    .where('m.deleted_at_ms', 'is', null)
  if (search.experiments.length > 0) found = found.where('m.experiment', 'in', search.experiments)
  if (search.runId !== undefined) found = found.where('m.run_id', '=', search.runId)
  for (const condition of conditionsOf(dialect, search)) found = found.where(condition)
  for (const order of search.orders ?? []) {
    const value = valueOf(order)
    found = found.orderBy(sql`(${value}) is null`).orderBy(value, order.descending ? 'desc' : 'asc')
  }
  const ordered = found.orderBy('m.created_at_ms', 'desc').orderBy('m.id')
  return ordered
    .limit(search.limit + 1)
    .offset(search.offset)
    .execute()
}

function conditionsOf(dialect: Dialect, { clauses = [], datasets = [] }: LoggedModelSearch): Condition[] {
  const conditions = clauses.map((clause) => conditionOf(dialect, clause, datasets))
  if (datasets.length === 0 || clauses.some(({ entity }) => entity === 'metric')) return conditions
  return [...conditions, measured(sql`true`, datasets)]
}

function conditionOf(dialect: Dialect, clause: Clause, datasets: readonly Dataset[]): Condition {
  if (clause.entity === 'metric') {
    const named = sql<SqlBool>`k.key = ${clause.key} and ${conditionOn(dialect, sql.ref('k.value'), clause)}`
    return measured(named, datasets)
  }
  if (clause.entity === 'attribute') {
    const column = columnOf(clause.key)
    const wanted = column === 'status' ? { ...clause, value: statusesOf(clause.value) } : clause
    const value = column === 'experiment' ? sql`cast(m.experiment as text)` : sql.ref(`m.${column}`)
    return conditionOn(dialect, value, wanted)
  }
  return conditionOn(dialect, memberOf(dialect, clause), clause)
}

/** The param or tag of that name, from the object that holds them all. */
function memberOf(dialect: Dialect, { entity, key }: Clause): RawBuilder<unknown> {
  const column = sql.ref(entity === 'tag' ? 'm.tags' : 'm.params')
  return dialect === 'postgres'
    ? sql`(${column}::jsonb ->> ${key})`
    : sql`(select j.value from json_each(${column}) as j where j.key = ${key})`
}

function measured(condition: RawBuilder<unknown>, datasets: readonly Dataset[]): Condition {
  const on = datasets.length === 0 ? sql`` : sql` and (${sql.join(datasets.map(onDataset), sql` or `)})`
  return sql<SqlBool>`exists (select 1 from experiment_tracking_logged_model_metric as k
    where k.workspace = m.workspace and k.model_id = m.id and ${condition}${on})`
}

function onDataset({ name, digest }: Dataset): RawBuilder<unknown> {
  const parts = [
    ...(name === undefined ? [] : [sql`k.dataset_name = ${name}`]),
    ...(digest === undefined ? [] : [sql`k.dataset_digest = ${digest}`]),
  ]
  return parts.length === 0 ? sql`true` : sql`(${sql.join(parts, sql` and `)})`
}

function valueOf({ entity, key, dataset }: LoggedModelSort): RawBuilder<unknown> {
  if (entity === 'attribute') return sql.ref(`m.${columnOf(key)}`)
  return sql`(select k.value from experiment_tracking_logged_model_metric as k
    where k.workspace = m.workspace and k.model_id = m.id and k.key = ${key} and ${onDataset(dataset)}
    order by k.at_ms desc, k.step desc, k.run_id limit 1)`
}

function columnOf(key: string): LoggedModelColumn {
  return loggedModelColumns[key as keyof typeof loggedModelColumns] // the parser lets only these through
}

const statuses: Readonly<Record<string, string>> = {
  upload_failed: 'failed',
  '1': 'pending',
  '2': 'ready',
  '3': 'failed',
}

/** A status by MLflow's name or number, or by ours. */
function statusesOf(value: Clause['value']): Clause['value'] {
  const one = (text: string) => {
    const plain = text.toLowerCase().replace(/^logged_model_/, '')
    return statuses[plain] ?? plain
  }
  if (typeof value === 'string') return one(value)
  return Array.isArray(value) ? value.map(one) : value
}
