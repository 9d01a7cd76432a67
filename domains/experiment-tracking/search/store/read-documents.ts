import type { ReadContext } from '@millrace/kernel'
import { CompiledQuery } from 'kysely'
import { membersSql } from './document-rows.ts'

/** A run as answers are put together from it: what it has itself, and the members of its lists as JSON text. */
export interface RunDocument {
  readonly id: string
  readonly experiment: number
  readonly name: string
  readonly status: string
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly user: string
  readonly deleted: boolean
  readonly artifactRoot: string
  /** UTF-8, or text where the store gives text. */
  readonly params: Uint8Array | string
  readonly tags: Uint8Array | string
  readonly metrics: Uint8Array | string
}

interface Row {
  id: string
  experiment: number
  name: string
  status: string
  started_at_ms: number | null
  ended_at_ms: number | null
  user_name: string
  deleted_at_ms: number | null
  artifact_root: string
  params: Uint8Array | string | null
  tags: Uint8Array | string | null
  metrics: Uint8Array | string | null
}

const sliceLength = 200

/** The documents of runs, in the order of `ids`; ids that are not there are left out. */
export async function readDocuments(
  { db, dialect, throwIfCancelled }: ReadContext,
  workspace: string,
  ids: readonly string[],
): Promise<RunDocument[]> {
  const byId = new Map<string, RunDocument>()
  for (let start = 0; start < ids.length; start += sliceLength) {
    throwIfCancelled()
    const slice = ids.slice(start, start + sliceLength)
    const text = documentsSql(dialect, slice.length)
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(text, [workspace, ...slice]))
    for (const row of rows) byId.set(row.id, toDocument(row))
  }
  return ids.flatMap((id) => byId.get(id) ?? [])
}

// As bytes, SQLite's texts need not be read as text and written again.
const bytes = (dialect: ReadContext['dialect'], text: string) => (dialect === 'sqlite' ? `cast(${text} as blob)` : text)

function documentsSql(dialect: ReadContext['dialect'], count: number): string {
  const list = (table: string) =>
    `(select ${membersSql(dialect)} from ${table} v where v.workspace = r.workspace and v.run_id = r.id and v.key <> 'mlflow.runName')`
  const part = (column: string, table: string) => bytes(dialect, `coalesce(t.${column}, ${list(table)})`)
  const places = Array.from({ length: count }, (_, at) => (dialect === 'sqlite' ? '?' : `$${at + 2}`)).join(',')
  return `select r.id, r.experiment, r.name, r.status, r.started_at_ms, r.ended_at_ms, r.deleted_at_ms, e.artifact_root,
      coalesce((select u.value from experiment_tracking_tag u where u.workspace = r.workspace and u.run_id = r.id and u.key = 'mlflow.user'), r.created_by) as user_name,
      ${part('params', 'experiment_tracking_param')} as params,
      ${part('tags', 'experiment_tracking_tag')} as tags,
      ${bytes(dialect, 'm.fragment')} as metrics
    from experiment_tracking_run r
    join experiment_tracking_experiment e on e.number = r.experiment
    left join experiment_tracking_run_document t on t.workspace = r.workspace and t.run_id = r.id
    left join experiment_tracking_run_metrics m on m.workspace = r.workspace and m.run_id = r.id
    where r.workspace = ${dialect === 'sqlite' ? '?' : '$1'} and r.id in (${places})`
}

function toDocument(row: Row): RunDocument {
  return {
    id: row.id,
    experiment: row.experiment,
    name: row.name,
    status: row.status,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    user: row.user_name,
    deleted: row.deleted_at_ms !== null,
    artifactRoot: `${row.artifact_root}/${row.id}/artifacts`,
    params: row.params ?? '',
    tags: row.tags ?? '',
    metrics: row.metrics ?? '',
  }
}
