import type { ReadContext } from '@millrace/kernel'
import { sql } from 'kysely'
import type { Column, ColumnField, Columns } from '../model/columns.ts'
import type { RunSearch } from '../model/run-search.ts'
import { byCodePoints, startedSql } from './run-expressions.ts'
import { viewSql } from './select-runs.ts'

interface RunRow {
  id: string
  name: string
  status: string
  user_name: string
  started_at_ms: number | null
  ended_at_ms: number | null
}

/** The columns of all runs of one experiment, newest first: what they are, and the fields asked for. */
export async function readColumns(
  context: ReadContext,
  asked: { workspace: string; experiment: number; view: RunSearch['view']; fields: readonly ColumnField[] },
): Promise<Columns> {
  const { db, dialect, throwIfCancelled } = context
  const { workspace, experiment, view, fields } = asked
  const conditions = [sql`r.workspace = ${workspace}`, sql`r.experiment = ${experiment}`, ...viewSql(view)]
  const { rows } = await sql<RunRow>`select r.id, r.name, r.status, r.started_at_ms, r.ended_at_ms,
      coalesce(u.value, r.created_by) as user_name
    from experiment_tracking_run r
    left join experiment_tracking_tag u on u.workspace = r.workspace and u.run_id = r.id and u.key = 'mlflow.user'
    where ${sql.join(conditions, sql` and `)} order by ${startedSql} desc, ${byCodePoints(dialect, sql.ref('r.id'))}`.execute(
    db,
  )
  const placeOf = new Map(rows.map(({ id }, place) => [id, place]))
  const columns: Column[] = [
    { field: 'name', type: 'text', values: rows.map(({ name }) => name) },
    { field: 'status', type: 'text', values: rows.map(({ status }) => status) },
    { field: 'user', type: 'text', values: rows.map(({ user_name: user }) => user) },
    { field: 'started', type: 'number', values: rows.map(({ started_at_ms: ms }) => ms ?? undefined) },
    { field: 'ended', type: 'number', values: rows.map(({ ended_at_ms: ms }) => ms ?? undefined) },
  ]
  for (const field of fields) {
    throwIfCancelled()
    columns.push(await columnOf(context, asked, field, placeOf))
  }
  return { ids: rows.map(({ id }) => id), columns }
}

async function columnOf(
  { db, dialect }: ReadContext,
  { workspace, experiment }: { workspace: string; experiment: number },
  { text, entity, key }: ColumnField,
  placeOf: ReadonlyMap<string, number>,
): Promise<Column> {
  const values: (number | string | undefined)[] = Array.from({ length: placeOf.size }, () => undefined)
  if (entity === 'metric') {
    const { rows } = await sql<{ run_id: string; last_value: number | null }>`select run_id, last_value
      from experiment_tracking_metric where workspace = ${workspace} and experiment = ${experiment} and key = ${key}`.execute(
      db,
    )
    for (const row of rows) put(values, placeOf.get(row.run_id), row.last_value ?? Number.NaN)
    return { field: text, type: 'number', values: values as (number | undefined)[] } // numbers alone were put in
  }
  const join = dialect === 'sqlite' ? sql`cross join` : sql`join`
  const table = sql.table(entity === 'param' ? 'experiment_tracking_param' : 'experiment_tracking_tag')
  const { rows } = await sql<{ run_id: string; value: string }>`select v.run_id, v.value from experiment_tracking_run r
    ${join} ${table} v on v.workspace = r.workspace and v.run_id = r.id and v.key = ${key}
    where r.workspace = ${workspace} and r.experiment = ${experiment}`.execute(db)
  for (const row of rows) put(values, placeOf.get(row.run_id), row.value)
  return { field: text, type: 'text', values: values as (string | undefined)[] } // texts alone were put in
}

function put<V>(values: V[], place: number | undefined, value: V): void {
  if (place !== undefined) values[place] = value
}
