import { statement } from '@millrace/kernel/db'
import { changeLatest } from '../../model/series/latest-metrics.ts'
import { groupByKey } from '../../model/series/metric-batch.ts'
import { sortPoints } from '../../model/series/points.ts'
import type { SeriesPoint } from '../../model/series/summary.ts'
import type { On } from './dialect-of.ts'
import { foldSeries } from './fold-series.ts'
import type { DirtyRun } from './log-rows.ts'
import { takeLog } from './log-rows.ts'
import type { Series } from './series-rows.ts'
import { noSeries, readSeriesRows, saveSeriesRows } from './series-rows.ts'

const readFragment = statement<readonly [string, string], { fragment: Uint8Array }>(
  'select fragment from experiment_tracking_run_metrics where workspace = ? and run_id = ?',
)
const writeFragment = statement<readonly [string, string, Uint8Array]>(
  `insert into experiment_tracking_run_metrics (workspace, run_id, fragment) values (?, ?, ?)
  on conflict (workspace, run_id) do update set fragment = excluded.fragment`,
)

/** Series between two pauses. */
const portion = 100

/**
 * Folds a bounded part of a run's log into its series, in the transaction it is given: log rows go, chunks, aggregates and
 * the run's text of latest metrics come. Gives whether more is left up to the row that `run` names. A run of a thousand
 * metrics takes tens of milliseconds: `pause`, awaited between portions, lets the event loop do other work meanwhile.
 */
export async function mergeRun(on: On, run: DirtyRun, pause?: () => Promise<unknown>): Promise<boolean> {
  const { workspace, runId } = run
  const { experiment, batches, more } = await takeLog(on, run)
  if (batches.length === 0) return false
  const added = groupByKey(batches)
  const known = await readSeriesRows(on, workspace, runId, [...added.keys()])
  const changed = new Map<string, Series>()
  // In key order: writers that meet never wait in a circle.
  for (const [index, key] of [...added.keys()].toSorted().entries()) {
    if (index % portion === portion - 1) await pause?.()
    const before = known.get(key) ?? noSeries
    const points = sortPoints(added.get(key) ?? before.tail)
    const after = await foldSeries(on, { workspace, runId, key }, before, points)
    if (after !== before) changed.set(key, after)
  }
  await saveRunSeries(on, { workspace, runId, experiment }, changed, pause)
  return more
}

/** Writes changed series of a run, and what they change in its text of latest metrics. */
export async function saveRunSeries(
  on: On,
  of: { workspace: string; runId: string; experiment: number },
  changed: ReadonlyMap<string, Series>,
  pause?: () => Promise<unknown>,
): Promise<void> {
  if (changed.size === 0) return
  await saveSeriesRows(on, of, changed, pause)
  const latest = new Map<string, SeriesPoint | undefined>()
  for (const [key, { summary }] of changed) latest.set(key, summary?.last)
  const [row] = await readFragment(on, of.workspace, of.runId)
  const before = row === undefined ? '' : Buffer.from(row.fragment).toString()
  const after = changeLatest(before, latest)
  if (after !== before) await writeFragment(on, of.workspace, of.runId, Buffer.from(after))
}
