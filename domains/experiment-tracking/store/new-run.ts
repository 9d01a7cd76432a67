import type { Db, Dialect } from '@millrace/kernel/db'
import { rowsOfValues, statement, statementOfRows } from '@millrace/kernel/db'
import { insertDocument } from '../search/store/document-rows.ts'
import type { RunRow } from './run-rows.ts'

// Sweeps make thousands of runs, so what makes one is compiled once.

interface On {
  readonly db: Db
  readonly dialect: Dialect
}

type Texts = Readonly<Record<string, string>>

/** What a new run's experiment is known by. */
export interface ExperimentOfRun {
  readonly number: number
  readonly name: string
  readonly artifact_root: string
  readonly deleted_at_ms: number | null
}

const experimentByNumber = statement<readonly [workspace: string, number: number], ExperimentOfRun>(
  `select number, name, artifact_root, deleted_at_ms from experiment_tracking_experiment
  where workspace = ? and number = ?`,
)

const experimentByName = statement<readonly [workspace: string, name: string], ExperimentOfRun>(
  `select number, name, artifact_root, deleted_at_ms from experiment_tracking_experiment
  where workspace = ? and name = ?`,
)

/** An experiment by name, or by number as `#7`, without its tags. */
export async function experimentOfRun(
  on: On,
  workspace: string,
  experiment: string,
): Promise<ExperimentOfRun | undefined> {
  const number = /^#(\d{1,15})$/.exec(experiment)?.[1]
  const found =
    number === undefined
      ? await experimentByName(on, workspace, experiment)
      : await experimentByNumber(on, workspace, Number(number))
  return found[0]
}

const insertRow = statement(
  `insert into experiment_tracking_run (workspace, id, experiment, name, status, started_at_ms, ended_at_ms,
  created_at_ms, created_by, parent_run_id, code, deleted_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
)

const insertTexts = { params: insertTextsOf('param'), tags: insertTextsOf('tag') }

function insertTextsOf(table: 'param' | 'tag') {
  return statementOfRows<readonly [workspace: string, runId: string, key: string, value: string]>(
    (rows) =>
      `insert into experiment_tracking_${table} (workspace, run_id, key, value) values ${rowsOfValues(rows, 4)}`,
  )
}

/** Few enough for one statement on any store. */
const textsAtOnce = 500

/** Writes a new run with its params and tags. */
export async function insertRun(
  on: On,
  run: RunRow,
  texts: { readonly params: Texts; readonly tags: Texts },
): Promise<void> {
  const { workspace, id, experiment, name, status, started_at_ms, ended_at_ms, created_at_ms, created_by } = run
  const times = [started_at_ms, ended_at_ms, created_at_ms] as const
  const { parent_run_id, code, deleted_at_ms } = run
  await insertRow(on, workspace, id, experiment, name, status, ...times, created_by, parent_run_id, code, deleted_at_ms)
  for (const part of ['params', 'tags'] as const) {
    const rows = Object.entries(texts[part]).map(([key, value]) => [workspace, id, key, value] as const)
    if (rows.length === 0) continue
    for (let from = 0; from < rows.length; from += textsAtOnce) {
      await insertTexts[part](on, rows.slice(from, from + textsAtOnce))
    }
  }
  await insertDocument(on, workspace, id, texts)
}
