import type { Dialect } from '@millrace/kernel/db'
import type { Expression, Kysely, SelectQueryBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Clause, Order } from '../model/filter.ts'
import { conditionOn } from './conditions.ts'
import type { RunRow } from './run-rows.ts'
import type { TrackingTables } from './tables.ts'

/** What a search of runs may name, and how it reads in SQL (`r` is the run, `e` its experiment). */
const attributeSql = {
  run_id: sql.ref('r.id'),
  run_name: sql.ref('r.name'),
  user_id: sql.ref('r.created_by'),
  status: sql.ref('r.status'),
  artifact_uri: sql`e.artifact_root || '/' || r.id || '/artifacts'`,
  start_time: sql.ref('r.started_at_ms'),
  end_time: sql.ref('r.ended_at_ms'),
} as const

export const runAttributes: ReadonlySet<string> = new Set(Object.keys(attributeSql))

export interface RunSearch {
  /** Numbers; undefined is all experiments. */
  readonly experiments: readonly number[] | undefined
  readonly clauses: readonly Clause[]
  readonly orders: readonly Order[]
  readonly view: 'active' | 'deleted' | 'all'
  readonly limit: number
  readonly offset: number
}

interface Searched extends TrackingTables {
  r: TrackingTables['experiment_tracking_run']
  e: TrackingTables['experiment_tracking_experiment']
}
type Selection = SelectQueryBuilder<Searched, 'r' | 'e', RunRow>

const valueTables = {
  metric: { table: 'experiment_tracking_metric', column: 'last_value' },
  param: { table: 'experiment_tracking_param', column: 'value' },
  tag: { table: 'experiment_tracking_tag', column: 'value' },
} as const

/** Finds runs by one statement, whose rows are then made whole; gives one row more than `limit` where there is one. */
export async function searchRuns(
  db: Kysely<TrackingTables>,
  dialect: Dialect,
  workspace: string,
  search: RunSearch,
): Promise<RunRow[]> {
  let found: Selection = db
    .selectFrom('experiment_tracking_run as r')
    .innerJoin('experiment_tracking_experiment as e', 'e.number', 'r.experiment')
    .selectAll('r')
    .where('r.workspace', '=', workspace)
  if (search.experiments !== undefined) {
    if (search.experiments.length === 0) return []
    found = found.where('r.experiment', 'in', search.experiments)
  }
  if (search.view !== 'all') found = found.where('r.deleted_at_ms', search.view === 'active' ? 'is' : 'is not', null)
  for (const clause of search.clauses) found = found.where(clauseSql(dialect, clause))
  for (const order of search.orders) found = ordered(found, order)
  return found
    .orderBy('r.started_at_ms', 'desc')
    .orderBy('r.id')
    .limit(search.limit + 1)
    .offset(search.offset)
    .execute()
}

function clauseSql(dialect: Dialect, clause: Clause): Expression<SqlBool> {
  if (clause.entity === 'attribute') return attributeCondition(dialect, clause)
  if (clause.entity === 'dataset') {
    const value = sql.ref(`v.${clause.key}`)
    return sql<SqlBool>`exists (select 1 from experiment_tracking_input v where v.workspace = r.workspace and v.run_id = r.id and ${conditionOn(dialect, value, clause)})`
  }
  const { table, column } = valueTables[clause.entity]
  const own = sql`select 1 from ${sql.table(table)} v where v.workspace = r.workspace and v.run_id = r.id and v.key = ${clause.key}`
  if (clause.comparator === 'IS NULL') return sql<SqlBool>`not exists (${own})`
  if (clause.comparator === 'IS NOT NULL') return sql<SqlBool>`exists (${own})`
  return sql<SqlBool>`exists (${own} and ${conditionOn(dialect, sql.ref(`v.${column}`), clause)})`
}

function attributeCondition(dialect: Dialect, clause: Clause): Expression<SqlBool> {
  const column = attributeOf(clause.key)
  if (clause.comparator === 'IS NULL') return sql<SqlBool>`${column} is null`
  if (clause.comparator === 'IS NOT NULL') return sql<SqlBool>`${column} is not null`
  // Statuses are lower case here and upper case in other systems' words.
  const value = clause.key === 'status' ? lowered(clause.value) : clause.value
  return conditionOn(dialect, column, { ...clause, value })
}

function lowered(value: Clause['value']): Clause['value'] {
  if (typeof value === 'string') return value.toLowerCase()
  return Array.isArray(value) ? value.map((item: string) => item.toLowerCase()) : value
}

/** Runs without the value come last in both directions; a NaN comes after the numbers. */
function ordered(found: Selection, { entity, key, descending }: Order): Selection {
  const direction = descending ? 'desc' : 'asc'
  if (entity === 'attribute' || entity === 'dataset') {
    const column = attributeOf(key)
    return found.orderBy(sql`case when ${column} is null then 1 else 0 end`).orderBy(column, direction)
  }
  const { table, column } = valueTables[entity]
  const own = (what: Expression<unknown>) =>
    sql`(select ${what} from ${sql.table(table)} v where v.workspace = r.workspace and v.run_id = r.id and v.key = ${key})`
  const value = own(sql.ref(`v.${column}`))
  const rank = sql`coalesce(${own(sql`case when ${sql.ref(`v.${column}`)} is null then 1 else 0 end`)}, 2)`
  return found.orderBy(rank).orderBy(value, direction)
}

function attributeOf(key: string): Expression<unknown> {
  // The parser lets only these keys through.
  return attributeSql[key as keyof typeof attributeSql]
}
