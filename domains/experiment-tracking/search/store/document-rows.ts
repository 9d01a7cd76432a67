import type { Db, Dialect } from '@millrace/kernel/db'
import { statement } from '@millrace/kernel/db'
import { compareTexts } from '../model/in-order.ts'

/** The texts of a run that answers are put together from. */
type Part = 'params' | 'tags'

const tables = { params: 'experiment_tracking_param', tags: 'experiment_tracking_tag' } as const

const refreshing = {
  sqlite: { params: refreshOf('sqlite', 'params'), tags: refreshOf('sqlite', 'tags') },
  postgres: { params: refreshOf('postgres', 'params'), tags: refreshOf('postgres', 'tags') },
}

/**
 * Writes a run's params or tags anew as the text that answers hold: `{"key":…,"value":…}` joined by commas, by key. Called
 * in the transaction that changed them. The run's name, which MLflow keeps as a tag, is left out: the run has it.
 */
export async function refreshDocument(
  on: { readonly db: Db; readonly dialect: Dialect },
  workspace: string,
  runId: string,
  part: Part,
): Promise<void> {
  await refreshing[on.dialect][part](on, workspace, runId, workspace, runId)
}

const insert = statement<[workspace: string, runId: string, params: string | null, tags: string | null]>(
  'insert into experiment_tracking_run_document (workspace, run_id, params, tags) values (?, ?, ?, ?)',
)

/** Writes the document of a new run from what it was made with: cheaper than from its rows. */
export async function insertDocument(
  on: { readonly db: Db; readonly dialect: Dialect },
  workspace: string,
  runId: string,
  texts: { readonly params: Readonly<Record<string, string>>; readonly tags: Readonly<Record<string, string>> },
): Promise<void> {
  const [params, tags] = [membersOf(texts.params), membersOf(texts.tags)]
  if (params !== null || tags !== null) await insert(on, workspace, runId, params, tags)
}

function membersOf(values: Readonly<Record<string, string>>): string | null {
  const entries = Object.entries(values).filter(([key]) => key !== 'mlflow.runName')
  if (entries.length === 0) return null
  const sorted = entries.toSorted(([a], [b]) => compareTexts(a, b))
  return sorted.map(([key, value]) => `{"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}}`).join(',')
}

function refreshOf(dialect: Dialect, part: Part) {
  return statement<[string, string, workspace: string, runId: string]>(
    `insert into experiment_tracking_run_document (workspace, run_id, ${part})
     select cast(? as text), cast(? as text), ${membersSql(dialect)} from ${tables[part]}
     where workspace = ? and run_id = ? and key <> 'mlflow.runName'
     on conflict (workspace, run_id) do update set ${part} = excluded.${part}`,
  )
}

/** The members of a list of keys and values, by key, as JSON text. */
export function membersSql(dialect: Dialect): string {
  return dialect === 'sqlite'
    ? `group_concat('{"key":' || json_quote(key) || ',"value":' || json_quote(value) || '}', ',' order by key)`
    : `string_agg('{"key":' || to_json(key)::text || ',"value":' || to_json(value)::text || '}', ',' order by key collate "C")`
}
