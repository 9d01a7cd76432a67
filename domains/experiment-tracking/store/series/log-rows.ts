import { statement } from '@millrace/kernel/db'
import type { MetricBatch } from '../../model/series/metric-batch.ts'
import { decodeBatch } from '../../model/series/metric-batch.ts'
import type { On } from './dialect-of.ts'

/** Most of the log that one transaction merges, so that it holds the writer for some milliseconds only. */
const mostBytes = 1024 * 1024
const mostRows = 2000

/** A run with points that are not merged yet; `upTo` is the newest row of its log. */
export interface DirtyRun {
  readonly workspace: string
  readonly runId: string
  readonly upTo: number
}

const insert = statement<readonly [string, number, string, number, Uint8Array]>(
  'insert into experiment_tracking_log (workspace, experiment, run_id, at_ms, points) values (?, ?, ?, ?, ?)',
)
const sizes = statement<readonly [string, string, number, number], { sequence: number; size: number }>(
  `select sequence, length(points) as size from experiment_tracking_log
  where workspace = ? and run_id = ? and sequence <= ? order by sequence limit ?`,
)
const take = statement<readonly [string, string, number], { experiment: number; points: Uint8Array }>(
  'delete from experiment_tracking_log where workspace = ? and run_id = ? and sequence <= ? returning experiment, points',
)
const pending = statement<readonly [string, string], { points: Uint8Array }>(
  'select points from experiment_tracking_log where workspace = ? and run_id = ?',
)
const newestOfRun = statement<readonly [string, string], { up_to: number | null }>(
  'select max(sequence) as up_to from experiment_tracking_log where workspace = ? and run_id = ?',
)
const newestOfExperiment = statement<readonly [string, number], { run_id: string; up_to: number }>(
  `select run_id, max(sequence) as up_to from experiment_tracking_log
  where workspace = ? and experiment = ? group by run_id`,
)
const newestOfAll = statement<readonly [string], { run_id: string; up_to: number }>(
  'select run_id, max(sequence) as up_to from experiment_tracking_log where workspace = ? group by run_id',
)
const oldest = statement<readonly [], { workspace: string; run_id: string; sequence: number }>(
  'select workspace, run_id, sequence from experiment_tracking_log order by sequence limit 1',
)

/** Writes the points of one request as one row: all of logging that its sender waits for. */
export async function appendLog(
  on: On,
  row: { workspace: string; experiment: number; runId: string; atMs: number; points: Uint8Array },
): Promise<void> {
  await insert(on, row.workspace, row.experiment, row.runId, row.atMs, row.points)
}

/** Takes a bounded number of a run's rows out of the log, up to one that is named. `more` says that some are left. */
export async function takeLog(
  on: On,
  { workspace, runId, upTo }: DirtyRun,
): Promise<{ experiment: number; batches: MetricBatch[]; more: boolean }> {
  const found = await sizes(on, workspace, runId, upTo, mostRows + 1)
  let [bytes, last, count] = [0, -1, 0]
  for (const { sequence, size } of found) {
    if (count > 0 && (bytes + size > mostBytes || count === mostRows)) break
    bytes += size
    count += 1
    last = sequence
  }
  if (count === 0) return { experiment: 0, batches: [], more: false }
  const taken = await take(on, workspace, runId, last)
  return {
    experiment: taken[0]?.experiment ?? 0,
    batches: taken.map(({ points }) => decodeBatch(points)),
    more: count < found.length,
  }
}

/** What a run has logged that is not merged yet. */
export async function pendingOf(on: On, workspace: string, runId: string): Promise<MetricBatch[]> {
  return (await pending(on, workspace, runId)).map(({ points }) => decodeBatch(points))
}

/** The run as one to be merged; undefined when nothing of it waits. */
export async function dirtyRun(on: On, workspace: string, runId: string): Promise<DirtyRun | undefined> {
  const upTo = (await newestOfRun(on, workspace, runId))[0]?.up_to ?? undefined
  return upTo === undefined ? undefined : { workspace, runId, upTo }
}

/** The runs of an experiment, or of the whole workspace, with points that are not merged yet. */
export async function dirtyRuns(on: On, workspace: string, experiment?: number): Promise<DirtyRun[]> {
  const found =
    experiment === undefined ? await newestOfAll(on, workspace) : await newestOfExperiment(on, workspace, experiment)
  return found.map((row) => ({ workspace, runId: row.run_id, upTo: row.up_to }))
}

/** The run whose point waits longest, and the point's row. */
export async function oldestDirtyRun(
  on: On,
): Promise<{ workspace: string; runId: string; sequence: number } | undefined> {
  const [row] = await oldest(on)
  return row === undefined ? undefined : { workspace: row.workspace, runId: row.run_id, sequence: row.sequence }
}
