import { statement } from '@millrace/kernel/db'
import type { Kysely } from 'kysely'
import { problem } from '../model/problems.ts'
import type { MetricSummary } from '../model/run.ts'
import { encodeBatch } from '../model/series/metric-batch.ts'
import type { MetricBatch } from '../model/series/metric-batch.ts'
import { shownSummary } from '../model/series/shown-summary.ts'
import type { Points } from '../model/series/points.ts'
import { onDatabase } from './series/dialect-of.ts'
import { appendLog } from './series/log-rows.ts'
import type { SeriesPage } from './series/read-series.ts'
import { readNear, readPage, readSummaries, readWhole, readWholes } from './series/read-series.ts'
import { replaceSeries } from './series/replace-series.ts'
import type { TrackingTables } from './tables.ts'

const runState = statement<readonly [string, string], { experiment: number; deleted_at_ms: number | null }>(
  'select experiment, deleted_at_ms from experiment_tracking_run where workspace = ? and id = ?',
)

/** The latest value of one metric of a run, and what else is known of its series. */
export interface LatestMetric {
  readonly runId: string
  readonly key: string
  readonly value: number
  readonly summary: MetricSummary
}

/** Reads and writes metrics. Every read sees each acknowledged point, merged or only logged yet. */
export function metricRows(db: Kysely<TrackingTables>, workspace: string) {
  const on = onDatabase(db)
  return {
    /** The experiment of a run, and whether it is deleted. Throws `experiment-tracking/run-not-found`. */
    runOf: async (id: string): Promise<{ experiment: number; deleted: boolean }> => {
      const [row] = await runState(on, workspace, id)
      if (row === undefined) throw problem['run-not-found']({ id })
      return { experiment: row.experiment, deleted: row.deleted_at_ms !== null }
    },
    /** Logs a request's points as one row, which a merge takes up soon after. Gives the bytes written. */
    add: async (run: { id: string; experiment: number }, batch: MetricBatch, nowMs: number): Promise<Uint8Array> => {
      const points = encodeBatch(batch)
      await appendLog(on, { workspace, experiment: run.experiment, runId: run.id, atMs: nowMs, points })
      return points
    },
    /** The latest value of every metric of each run, by key. */
    latest: async (runIds: readonly string[]): Promise<Map<string, LatestMetric[]>> => {
      const byRun = new Map<string, LatestMetric[]>()
      for (const runId of runIds) {
        const found = [...(await readSummaries(on, workspace, runId))].map(([key, summary]) => ({
          runId,
          key,
          value: summary.last.value,
          summary: shownSummary(summary),
        }))
        if (found.length > 0) byRun.set(runId, found)
      }
      return byRun
    },
    /** A page of a series, one point more than `limit` where there is one. */
    page: (runId: string, key: string, page: SeriesPage): Promise<{ points: Points; total: number }> =>
      readPage(on, { workspace, runId, key }, page),
    /** All points of a series, by step. */
    whole: (runId: string, key: string): Promise<Points> => readWhole(on, { workspace, runId, key }),
    /** All points of some series of a run, by step; those it has not are left out. */
    wholes: (runId: string, keys: readonly string[]): Promise<Map<string, Points>> =>
      readWholes(on, workspace, runId, keys),
    /** The points around a step, by step: the last one at or before it is among them, where there is one. */
    near: (runId: string, key: string, step: number): Promise<Points> => readNear(on, { workspace, runId, key }, step),
    /** The keys of a run's metrics. */
    keys: async (runId: string): Promise<string[]> => [...(await readSummaries(on, workspace, runId)).keys()],
    /** Puts other points, in order, in place of a settled series'. */
    replace: async (runId: string, key: string, points: Points): Promise<void> => {
      const [run] = await runState(on, workspace, runId)
      await replaceSeries(on, { workspace, runId, key }, run?.experiment ?? 0, points)
    },
  }
}
