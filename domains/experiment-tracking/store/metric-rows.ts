import type { Kysely, Selectable } from 'kysely'
import { toMetricValue } from '../model/metric-value.ts'
import type { MetricSummary } from '../model/run.ts'
import type { Point, SeriesSummary } from '../model/series.ts'
import { summarise } from '../model/series.ts'
import { inSlices } from './in-slices.ts'
import type { TrackingTables } from './tables.ts'

type MetricRow = Selectable<TrackingTables['experiment_tracking_metric']>

export interface NewPoint extends Point {
  readonly key: string
}

/** Reads and writes metrics: points, and what is known of each series without them. */
export function metricRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = () => db.selectFrom('experiment_tracking_metric').selectAll().where('workspace', '=', workspace)
  return {
    /** Adds points; those that are there already stay once. Keys are taken in order, so that writers never wait in a circle. */
    add: async (runId: string, points: readonly NewPoint[]) => {
      const keys = [...new Set(points.map(({ key }) => key))].toSorted()
      if (keys.length === 0) return
      const series = await seriesOf(db, workspace, runId, keys)
      const added = await insertPoints(db, points, series)
      for (const row of series.values()) await saveSummary(db, row, added.get(row.series) ?? [])
    },
    /** The latest value of every metric of each run. */
    latest: async (runIds: readonly string[]) => {
      const found = await inSlices(runIds, (ids) => rows().where('run_id', 'in', ids).orderBy('key').execute())
      return Map.groupBy(
        found.map((row) => ({ runId: row.run_id, key: row.key, ...lastOf(row), summary: summaryShown(row) })),
        (metric) => metric.runId,
      )
    },
    /** Points from `offset` on, one more than `limit` where there is one. */
    history: async (runId: string, key: string, page: { order: 'step' | 'time'; limit: number; offset: number }) => {
      const metric = await rows().where('run_id', '=', runId).where('key', '=', key).executeTakeFirst()
      if (metric === undefined) return { total: 0, points: [] }
      const points = db.selectFrom('experiment_tracking_point').selectAll().where('series', '=', metric.series)
      const ordered =
        page.order === 'time' ? points.orderBy('at_ms').orderBy('step') : points.orderBy('step').orderBy('at_ms')
      const found = await ordered
        .orderBy('value')
        .limit(page.limit + 1)
        .offset(page.offset)
        .execute()
      return { total: metric.points, points: found.map(toPoint) }
    },
  }
}

async function seriesOf(db: Kysely<TrackingTables>, workspace: string, runId: string, keys: readonly string[]) {
  const known = await inSlices(keys, (slice) =>
    db
      .selectFrom('experiment_tracking_metric')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('run_id', '=', runId)
      .where('key', 'in', slice)
      .execute(),
  )
  const series = new Map(known.map((row) => [row.key, row]))
  const missing = keys.filter((key) => !series.has(key))
  const empty = { points: 0, last_value: null, last_step: 0, last_at_ms: 0, min_value: null, max_value: null }
  const made = await inSlices(missing, (slice) =>
    db
      .insertInto('experiment_tracking_metric')
      .values(slice.map((key) => ({ workspace, run_id: runId, key, ...empty })))
      .returningAll()
      .execute(),
  )
  for (const row of made) series.set(row.key, row)
  return series
}

/** Inserts what is new and gives it back by series. */
async function insertPoints(
  db: Kysely<TrackingTables>,
  points: readonly NewPoint[],
  series: ReadonlyMap<string, MetricRow>,
) {
  const rows = points.map(({ key, step, atMs, value }) => {
    const isNan = Number.isNaN(value)
    return { series: series.get(key)?.series ?? 0, step, at_ms: atMs, value: isNan ? 0 : value, is_nan: isNan ? 1 : 0 }
  })
  const inserted = await inSlices(rows, (slice) =>
    db
      .insertInto('experiment_tracking_point')
      .values([...slice])
      .onConflict((c) => c.doNothing())
      .returningAll()
      .execute(),
  )
  return Map.groupBy(inserted, (row) => row.series)
}

async function saveSummary(
  db: Kysely<TrackingTables>,
  row: MetricRow,
  added: readonly Selectable<TrackingTables['experiment_tracking_point']>[],
) {
  const summary = summarise(summaryOf(row), added.map(toPoint))
  if (summary === undefined || added.length === 0) return
  await db
    .updateTable('experiment_tracking_metric')
    .set({
      points: summary.points,
      last_value: Number.isNaN(summary.last.value) ? null : summary.last.value,
      last_step: summary.last.step,
      last_at_ms: summary.last.atMs,
      min_value: summary.min ?? null,
      max_value: summary.max ?? null,
    })
    .where('series', '=', row.series)
    .execute()
}

function summaryOf(row: MetricRow): SeriesSummary | undefined {
  if (row.points === 0) return undefined
  return { points: row.points, last: lastOf(row), min: row.min_value ?? undefined, max: row.max_value ?? undefined }
}

function lastOf(row: MetricRow): Point {
  return { step: row.last_step, atMs: row.last_at_ms, value: row.last_value ?? Number.NaN }
}

function summaryShown(row: MetricRow): MetricSummary {
  const edge = (value: number | null) => (value === null ? null : toMetricValue(value))
  const [min, max] = [edge(row.min_value), edge(row.max_value)]
  return { step: row.last_step, timestampMs: row.last_at_ms, points: row.points, min, max }
}

function toPoint(row: { step: number; at_ms: number; value: number; is_nan: number }): Point {
  return { step: row.step, atMs: row.at_ms, value: row.is_nan === 1 ? Number.NaN : row.value }
}
