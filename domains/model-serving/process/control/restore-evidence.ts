import { join } from 'node:path'
import type { Analytics, Cell, Row } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import type { EndpointSpec } from '../../contract.ts'
import type { ArmBatch, TrafficEvidence } from '../../model/traffic-evidence.ts'
import { logReads } from '../../store/log-reads.ts'
import type { LogFileRow } from '../../store/tables.ts'
import type { Trial } from './open-trials.ts'

const rowsAtOnce = 100_000

export interface RestoreParts {
  readonly database: Database
  readonly analytics: Analytics
  readonly dataDir: string
}

/** Reads a rollout's or experiment's predictions and their ground truth back from the Parquet files, in the order they were acknowledged. */
export async function restoreEvidence(
  parts: RestoreParts,
  trial: Trial,
  evidence: TrafficEvidence<string>,
): Promise<void> {
  const reads = logReads(parts.database.reader, trial.workspace)
  const files = await reads.filesInWindow(trial.endpoint, -8.64e15, 8.64e15)
  let range: [string, string] | undefined
  for (const file of files) {
    if (!(await hasTrial(parts, file, trial.id))) continue
    await restoreFile(parts, file, trial, evidence)
    range = range === undefined ? [file.min_request_id, file.max_request_id] : widened(range, file)
  }
  if (range === undefined) return
  const labels = await reads.labelFiles(trial.endpoint, range[0], range[1])
  await restoreLabels(
    parts,
    labels.map(({ path }) => path),
    range,
    evidence,
  )
}

function widened([low, high]: [string, string], file: LogFileRow): [string, string] {
  const { min_request_id: first, max_request_id: last } = file
  return [first < low ? first : low, last > high ? last : high]
}

/** Parquet's own statistics answer this without reading the rows. */
async function hasTrial(parts: RestoreParts, file: LogFileRow, trialId: string): Promise<boolean> {
  const sql = 'select 1 as found from read_parquet($1) where rollout_id = $2 limit 1'
  return (await parts.analytics.rows(sql, [join(parts.dataDir, file.path), trialId])).length > 0
}

async function restoreFile(
  parts: RestoreParts,
  file: LogFileRow,
  trial: Trial,
  evidence: TrafficEvidence<string>,
): Promise<void> {
  const path = join(parts.dataDir, file.path)
  const column = scoreColumnName(await columnNames(parts.analytics, path), trial.score)
  let carried: Row[] = []
  for (let offset = 0; ; offset += rowsAtOnce) {
    const rows = await parts.analytics.rows(
      `select request_id, "row", role, deployment_id, rollout_step, status, latency_us, event_time_ms, "${column.replaceAll('"', '""')}"::double as score
       from read_parquet($1) where rollout_id = $2 limit ${rowsAtOnce} offset ${offset}`,
      [path, trial.id],
    )
    const groups = requestsOf([...carried, ...rows])
    const isLast = rows.length < rowsAtOnce
    // A page's end may cut a request, so its last one waits for the next page.
    carried = isLast ? [] : (groups.pop() ?? [])
    for (const group of groups) {
      const batch = batchOf(group, trial)
      if (batch !== undefined) evidence.addBatch(batch)
    }
    if (isLast) return
  }
}

async function columnNames(analytics: Analytics, path: string): Promise<string[]> {
  const rows = await analytics.rows('select column_name from (describe select * from read_parquet($1))', [path])
  return rows.map((row) => textOf(row['column_name'])).filter((name) => name.startsWith('out.'))
}

/** The same choice as `scoreColumnOf`, among the log's columns: of `out.p.0`, `out.p.1` the last. */
function scoreColumnName(names: readonly string[], score: EndpointSpec['score']): string {
  const named = names.findLast((name) => name === `out.${score.output}` || name.startsWith(`out.${score.output}.`))
  return named ?? names.at(-1) ?? 'status'
}

/** Rows of one request follow one another in its file. */
function requestsOf(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = []
  for (const row of rows) {
    const group = groups.at(-1)
    if (group !== undefined && group[0]?.['request_id'] === row['request_id'] && group[0]?.['role'] === row['role'])
      group.push(row)
    else groups.push([row])
  }
  return groups
}

function batchOf(rows: readonly Row[], trial: Trial): ArmBatch<string> | undefined {
  const [first = {}] = rows
  const arm = trial.armOf({ role: textOf(first['role']), deploymentId: textOf(first['deployment_id']) })
  if (arm === undefined) return undefined
  return {
    arm,
    step: Number(first['rollout_step'] ?? 0),
    requests: [{ id: textOf(first['request_id']), rows: rows.length, latencyUs: Number(first['latency_us'] ?? 0) }],
    scores: first['status'] === 200 ? Float64Array.from(rows, scoreOf) : undefined,
    eventTimesMs: Float64Array.from(rows, (row) => Number(row['event_time_ms'])),
  }
}

function scoreOf({ score }: Row): number {
  return score === null ? Number.NaN : Number(score)
}

async function restoreLabels(
  parts: RestoreParts,
  paths: readonly string[],
  range: readonly [string, string],
  evidence: TrafficEvidence<string>,
): Promise<void> {
  if (paths.length === 0) return
  const list = paths.map((path) => `'${join(parts.dataDir, path).replaceAll("'", "''")}'`).join(', ')
  for (let offset = 0; ; offset += rowsAtOnce) {
    const rows = await parts.analytics.rows(
      `select request_id, "row", value from read_parquet([${list}]) where request_id between $1 and $2
       order by sequence, request_id, "row" limit ${rowsAtOnce} offset ${offset}`,
      [...range],
    )
    for (const { request_id: id, row, value } of rows) {
      evidence.addLabel(textOf(id), Number(row), value === null ? null : Number(value))
    }
    if (rows.length < rowsAtOnce) return
  }
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : ''
}
