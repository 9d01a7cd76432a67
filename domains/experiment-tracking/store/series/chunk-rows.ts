import { statement } from '@millrace/kernel/db'
import { decodePoints, encodePoints } from '../../model/series/point-codec.ts'
import type { Points } from '../../model/series/points.ts'
import { at } from '../../model/series/points.ts'
import type { On } from './dialect-of.ts'

/** Which series: a metric of a run. */
export interface SeriesName {
  readonly workspace: string
  readonly runId: string
  readonly key: string
}

/** What is known of a chunk without its points. Chunks by `position` hold their series' points in order. */
export interface ChunkRange {
  readonly position: number
  readonly points: number
  readonly firstStep: number
  readonly lastStep: number
  readonly firstAtMs: number
  readonly lastAtMs: number
}

interface Row {
  readonly position: number
  readonly points: number
  readonly first_step: number
  readonly last_step: number
  readonly first_at_ms: number
  readonly last_at_ms: number
}

type Name = readonly [workspace: string, runId: string, key: string]
const series = 'workspace = ? and run_id = ? and key = ?'

const ranges = statement<Name, Row>(
  `select position, points, first_step, last_step, first_at_ms, last_at_ms from experiment_tracking_chunk
  where ${series} order by position`,
)
const lastRange = statement<Name, Row>(
  `select position, points, first_step, last_step, first_at_ms, last_at_ms from experiment_tracking_chunk
  where ${series} order by position desc limit 1`,
)
const dataAt = statement<readonly [...Name, number], { data: Uint8Array }>(
  `select data from experiment_tracking_chunk where ${series} and position = ?`,
)
const allData = statement<Name, { data: Uint8Array }>(
  `select data from experiment_tracking_chunk where ${series} order by position`,
)
const insert = statement<readonly [...Name, number, number, number, number, number, number, Uint8Array]>(
  `insert into experiment_tracking_chunk
  (workspace, run_id, key, position, points, first_step, last_step, first_at_ms, last_at_ms, data)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
)
const removeAt = statement<readonly [...Name, number]>(
  `delete from experiment_tracking_chunk where ${series} and position = ?`,
)
const removeAll = statement<Name>(`delete from experiment_tracking_chunk where ${series}`)
const move = statement<readonly [number, ...Name, number]>(
  `update experiment_tracking_chunk set position = ? where ${series} and position = ?`,
)

function nameOf({ workspace, runId, key }: SeriesName): Name {
  return [workspace, runId, key]
}

/** The ranges of a series' chunks, in order. */
export async function readRanges(on: On, name: SeriesName): Promise<ChunkRange[]> {
  return (await ranges(on, ...nameOf(name))).map(toRange)
}

/** The range of the chunk with the newest points. */
export async function readLastRange(on: On, name: SeriesName): Promise<ChunkRange | undefined> {
  const [row] = await lastRange(on, ...nameOf(name))
  return row === undefined ? undefined : toRange(row)
}

/** The points of one chunk. */
export async function readChunk(on: On, name: SeriesName, position: number): Promise<Points> {
  const [row] = await dataAt(on, ...nameOf(name), position)
  if (row === undefined) throw new Error(`The series ${name.key} of run ${name.runId} has no chunk ${position}.`)
  return decodePoints(row.data)
}

/** The points of every chunk, in order. */
export async function readChunks(on: On, name: SeriesName): Promise<Points[]> {
  return (await allData(on, ...nameOf(name))).map(({ data }) => decodePoints(data))
}

export async function addChunk(on: On, name: SeriesName, position: number, points: Points): Promise<void> {
  const [firstAtMs, lastAtMs] = timeRange(points)
  const last = points.length - 1
  const steps = [at(points.steps, 0), at(points.steps, last)] as const
  await insert(on, ...nameOf(name), position, points.length, ...steps, firstAtMs, lastAtMs, encodePoints(points))
}

export async function removeChunk(on: On, name: SeriesName, position: number): Promise<void> {
  await removeAt(on, ...nameOf(name), position)
}

export async function removeChunks(on: On, name: SeriesName): Promise<void> {
  await removeAll(on, ...nameOf(name))
}

/** Gives chunks positions a whole number apart again, when there was no room between two of them. */
export async function spreadChunks(on: On, name: SeriesName, known: readonly ChunkRange[]): Promise<ChunkRange[]> {
  // First out of the way: a new position may still be taken by another chunk.
  const away = (known.at(-1)?.position ?? 0) + known.length + 1
  for (const [index, { position }] of known.entries())
    await move(on, Math.ceil(away) + index, ...nameOf(name), position)
  const spread = known.map((range, index) => ({ ...range, position: index }))
  for (const { position } of spread) await move(on, position, ...nameOf(name), Math.ceil(away) + position)
  return spread
}

function timeRange({ times, length }: Points): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < length; i += 1) {
    first = Math.min(first, at(times, i))
    last = Math.max(last, at(times, i))
  }
  return [first, last]
}

function toRange(row: Row): ChunkRange {
  return {
    position: row.position,
    points: row.points,
    firstStep: row.first_step,
    lastStep: row.last_step,
    firstAtMs: row.first_at_ms,
    lastAtMs: row.last_at_ms,
  }
}
