import { groupByKey, pointsOfKey } from '../../model/series/metric-batch.ts'
import type { Compare, Points } from '../../model/series/points.ts'
import {
  at,
  compareByTime,
  comparePoints,
  concatPoints,
  countBefore,
  mergePoints,
  noPoints,
  slicePoints,
  sortPoints,
} from '../../model/series/points.ts'
import type { SeriesSummary } from '../../model/series/summary.ts'
import type { ChunkRange, SeriesName } from './chunk-rows.ts'
import { readChunk, readChunks, readRanges } from './chunk-rows.ts'
import type { On } from './dialect-of.ts'
import { foldSeries } from './fold-series.ts'
import { pendingOf } from './log-rows.ts'
import type { Series } from './series-rows.ts'
import { noSeries, readSeriesRows } from './series-rows.ts'

/**
 * Reads see what is merged and, over it, what is only logged yet: every acknowledged point, whoever merges when. The log is
 * read first: what a merge takes out of it in between is then seen twice and counted once, the other way round not at all.
 */
interface Found {
  readonly series: Series
  /** In order; some may be among the merged ones already. */
  readonly pending: Points
}

async function find(on: On, { workspace, runId, key }: SeriesName): Promise<Found> {
  const logged = (await pendingOf(on, workspace, runId)).map((batch) => pointsOfKey(batch, key) ?? noPoints)
  const series = (await readSeriesRows(on, workspace, runId, [key])).get(key) ?? noSeries
  return { series, pending: sortPoints(concatPoints(logged)) }
}

/** A merge of one run comes some times a second at most, so a second look meets a calm series. */
const mostLooks = 5

/**
 * Reads a series in several statements as if in one: when a merge moved its points meanwhile, it is read again. Whatever
 * changes a series' chunks changes its row in the same commit.
 */
async function steadily<T>(on: On, name: SeriesName, read: (found: Found) => Promise<T>): Promise<T> {
  for (let look = 1; ; look += 1) {
    const found = await find(on, name)
    const answer = await read(found)
    if (look === mostLooks || (await isUnchanged(on, name, found.series))) return answer
  }
}

async function isUnchanged(on: On, { workspace, runId, key }: SeriesName, before: Series): Promise<boolean> {
  // Without chunks a series is one row, read in one statement.
  if (before.chunks === 0) return true
  const { chunks, tail, summary } = (await readSeriesRows(on, workspace, runId, [key])).get(key) ?? noSeries
  return chunks === before.chunks && tail.length === before.tail.length && summary?.points === before.summary?.points
}

/** A page of a series: points after `after` (a list of one), in order of step or of time. */
export interface SeriesPage {
  readonly order: 'step' | 'time'
  readonly limit: number
  readonly after: Points | undefined
}

/** The points of a page, one more than its limit where there is one, and how many points the series has. */
export function readPage(on: On, name: SeriesName, page: SeriesPage): Promise<{ points: Points; total: number }> {
  return steadily(on, name, (found) => pageOf(on, name, page, found))
}

async function pageOf(
  on: On,
  name: SeriesName,
  page: SeriesPage,
  { series, pending }: Found,
): Promise<{ points: Points; total: number }> {
  const compare = page.order === 'time' ? compareByTime : comparePoints
  const summary = pending.length === 0 ? series.summary : (await foldSeries(on, name, series, pending, true)).summary
  const merged = await pageOfMerged(on, name, series, page, compare)
  const logged = afterOf(sortPoints(pending, compare), page.after, compare)
  const all = mergePoints(merged, logged, compare).merged
  return { points: slicePoints(all, 0, Math.min(all.length, page.limit + 1)), total: summary?.points ?? 0 }
}

async function pageOfMerged(
  on: On,
  name: SeriesName,
  { chunks, tail }: Series,
  { order, limit, after }: SeriesPage,
  compare: Compare,
): Promise<Points> {
  const ranges = chunks === 0 ? [] : await readRanges(on, name)
  if (order === 'time' && !isByTime(ranges, tail)) {
    const all = sortPoints(concatPoints([...(await readChunks(on, name)), tail]), compare)
    return afterOf(all, after, compare)
  }
  const parts: Points[] = []
  let length = 0
  const take = (points: Points) => {
    const part = afterOf(sortPoints(points, compare), after, compare)
    parts.push(part)
    length += part.length
  }
  for (const range of ranges) {
    if (length > limit) break
    if (reaches(range, order, after)) take(await readChunk(on, name, range.position))
  }
  if (length <= limit) take(tail)
  return concatPoints(parts)
}

/** Whether a chunk may hold points that come after `after`. */
function reaches({ lastStep, lastAtMs }: ChunkRange, order: SeriesPage['order'], after: Points | undefined): boolean {
  if (after === undefined) return true
  return order === 'time' ? lastAtMs >= at(after.times, 0) : lastStep >= at(after.steps, 0)
}

/** Whether chunks that are in order of step are in order of time as well, the tail after them. */
function isByTime(ranges: readonly ChunkRange[], tail: Points): boolean {
  let reached = Number.NEGATIVE_INFINITY
  for (const { firstAtMs, lastAtMs } of ranges) {
    if (firstAtMs < reached) return false
    reached = lastAtMs
  }
  return ranges.length === 0 || tail.times.every((time) => time >= reached)
}

function afterOf(points: Points, after: Points | undefined, compare: Compare): Points {
  if (after === undefined) return points
  const before = countBefore(points, after, 0, compare)
  const isThere = before < points.length && compare(points, before, after, 0) === 0
  return slicePoints(points, isThere ? before + 1 : before, points.length)
}

/** All points of a series, in order of step. */
export function readWhole(on: On, name: SeriesName): Promise<Points> {
  return steadily(on, name, async ({ series, pending }) => {
    const parts = series.chunks === 0 ? [] : await readChunks(on, name)
    return mergePoints(concatPoints([...parts, series.tail]), pending).merged
  })
}

/** All points of some series of a run, in order of step; those it has not are left out. */
export async function readWholes(
  on: On,
  workspace: string,
  runId: string,
  keys: readonly string[],
): Promise<Map<string, Points>> {
  const wanted = [...new Set(keys)]
  const batches = await pendingOf(on, workspace, runId)
  const rows = await readSeriesRows(on, workspace, runId, wanted)
  const found = new Map<string, Points>()
  for (const key of wanted) {
    const { chunks, tail } = rows.get(key) ?? noSeries
    const logged = batches.map((batch) => pointsOfKey(batch, key) ?? noPoints)
    const points =
      chunks === 0
        ? mergePoints(tail, sortPoints(concatPoints(logged))).merged
        : await readWhole(on, { workspace, runId, key })
    if (points.length > 0) found.set(key, points)
  }
  return found
}

/** The points around a step, by step: the last one at or before it is among them, where there is one. */
export function readNear(on: On, name: SeriesName, step: number): Promise<Points> {
  return steadily(on, name, async ({ series, pending }) => {
    const ranges = series.chunks === 0 ? [] : await readRanges(on, name)
    const range = ranges.findLast(({ firstStep }) => firstStep <= step)
    const chunk = range === undefined ? noPoints : await readChunk(on, name, range.position)
    return sortPoints(concatPoints([chunk, series.tail, pending]))
  })
}

/** The keys of a run's series, with what is known of each without its points. */
export async function readSummaries(on: On, workspace: string, runId: string): Promise<Map<string, SeriesSummary>> {
  const logged = groupByKey(await pendingOf(on, workspace, runId))
  const known = await readSeriesRows(on, workspace, runId)
  const summaries = new Map<string, SeriesSummary>()
  for (const [key, { summary }] of known) if (summary !== undefined) summaries.set(key, summary)
  for (const [key, points] of logged) {
    const name = { workspace, runId, key }
    const { summary } = await foldSeries(on, name, known.get(key) ?? noSeries, sortPoints(points), true)
    if (summary !== undefined) summaries.set(key, summary)
  }
  return new Map([...summaries].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
