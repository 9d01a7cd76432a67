import type { Dialect } from '@millrace/kernel/db'
import type { Expression, RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { neverStarted } from '../model/run-search.ts'

/** How many characters of a param or tag are indexed, and ordered by. */
export const indexedCharacters = 250

/** The tables of values by key that a run has, and the column that holds the value. */
export const valueTables = {
  metric: { table: 'experiment_tracking_metric', column: 'last_value' },
  param: { table: 'experiment_tracking_param', column: 'value' },
  tag: { table: 'experiment_tracking_tag', column: 'value' },
} as const

const experiment = (column: string) =>
  sql`(select e.${sql.ref(column)} from experiment_tracking_experiment e where e.number = r.experiment)`

/** What a run (`r`) itself has, by the name that searches use. */
const attributes: Readonly<Record<string, (at: { dialect: Dialect; nowMs: number }) => Expression<unknown>>> = {
  run_id: () => sql.ref('r.id'),
  run_name: () => sql.ref('r.name'),
  user_id: () =>
    sql`coalesce((select u.value from experiment_tracking_tag u where u.workspace = r.workspace and u.run_id = r.id and u.key = 'mlflow.user'), r.created_by)`,
  status: () => sql.ref('r.status'),
  artifact_uri: () => sql`${experiment('artifact_root')} || '/' || r.id || '/artifacts'`,
  start_time: () => sql.ref('r.started_at_ms'),
  end_time: () => sql.ref('r.ended_at_ms'),
  created_time: () => sql.ref('r.created_at_ms'),
  experiment: () => experiment('name'),
  parent: () => sql.ref('r.parent_run_id'),
  took: ({ nowMs }) => sql`(coalesce(r.ended_at_ms, ${sql.lit(nowMs)}) - r.started_at_ms)`,
  code: ({ dialect }) =>
    dialect === 'sqlite' ? sql`json_extract(r.code, '$.gitCommit')` : sql`(r.code::json ->> 'gitCommit')`,
}

const wholeNumbers = new Set(['start_time', 'end_time', 'created_time', 'took'])

/** True for an attribute whose column holds whole numbers. */
export function isWholeNumber(key: string): boolean {
  return wholeNumbers.has(key)
}

/** An attribute of the run. The parsers let only known names through; any other is a fault of ours. */
export function attributeSql(key: string, at: { dialect: Dialect; nowMs: number }): Expression<unknown> {
  const expression = Object.hasOwn(attributes, key) ? attributes[key] : undefined
  if (expression === undefined) throw new Error(`No run has an attribute "${key}".`)
  return expression(at)
}

/** Text as both stores order it: by code points. */
export function byCodePoints(dialect: Dialect, value: Expression<unknown>): RawBuilder<unknown> {
  return dialect === 'sqlite' ? sql`${value}` : sql`(${value} collate "C")`
}

/** The start of a value that its index holds. */
export function indexedStart(dialect: Dialect, value: Expression<unknown>): RawBuilder<unknown> {
  const start = sql`substr(${value}, 1, ${sql.lit(indexedCharacters)})`
  return byCodePoints(dialect, start)
}

/** The same of a value of ours. */
export function startOf(value: string): string {
  return value.length <= indexedCharacters ? value : Array.from(value).slice(0, indexedCharacters).join('')
}

/** When a run started, so that runs that have not stand last among the newest-first. */
export const startedSql = sql`coalesce(r.started_at_ms, ${sql.lit(neverStarted)})`
