import type { Points } from '../../model/series/points.ts'
import {
  comparePoints,
  concatPoints,
  countBefore,
  mergePoints,
  noPoints,
  slicePoints,
} from '../../model/series/points.ts'
import { pointsOf, summarise } from '../../model/series/summary.ts'
import type { SeriesName } from './chunk-rows.ts'
import { addChunk, readChunk, readLastRange, removeChunk } from './chunk-rows.ts'
import type { On } from './dialect-of.ts'
import { cutIntoChunks, insertLate } from './insert-late.ts'
import type { Series } from './series-rows.ts'

/** A tail beyond this goes to a chunk. It is rewritten with every merge, so it is short. */
const mostTailPoints = 128

/** The newest chunk takes tails until it has as many points as this. */
const fullChunkPoints = 2048

/**
 * A series with points added, each once; the same object when all were there. `added` is in order. Chunks are written; with
 * `dryRun` nothing is, and only the summary of what comes back may be used.
 */
export async function foldSeries(
  on: On,
  name: SeriesName,
  series: Series,
  added: Points,
  dryRun = false,
): Promise<Series> {
  const boundary = countLate(series, added)
  const late = slicePoints(added, 0, boundary)
  const inserted = late.length === 0 ? undefined : await insertLate(on, name, late, dryRun)
  const { merged, fresh } = mergePoints(series.tail, slicePoints(added, boundary, added.length))
  const freshLate = inserted?.fresh ?? noPoints
  if (fresh.length + freshLate.length === 0) return series
  const summary = summarise(summarise(series.summary, freshLate), fresh)
  const chunks = inserted?.chunks ?? series.chunks
  if (dryRun || merged.length <= mostTailPoints) return { summary, chunks, tail: merged }
  return { summary, chunks: await flushTail(on, name, chunks, merged), tail: noPoints }
}

/** How many of `added` belong among the chunks: those before the tail, or up to the last point where the tail is empty. */
function countLate({ chunks, tail, summary }: Series, added: Points): number {
  if (chunks === 0 || summary === undefined) return 0
  if (tail.length > 0) return countBefore(added, tail, 0)
  const last = pointsOf(summary.last)
  const before = countBefore(added, last, 0)
  return before < added.length && comparePoints(added, before, last, 0) === 0 ? before + 1 : before
}

/** Writes a tail into the newest chunk or into new ones; gives how many chunks there are then. */
async function flushTail(on: On, name: SeriesName, chunks: number, tail: Points): Promise<number> {
  const newest = chunks === 0 ? undefined : await readLastRange(on, name)
  if (newest !== undefined && newest.points + tail.length <= fullChunkPoints) {
    const points = concatPoints([await readChunk(on, name, newest.position), tail])
    await removeChunk(on, name, newest.position)
    await addChunk(on, name, newest.position, points)
    return chunks
  }
  const parts = cutIntoChunks(tail)
  const start = newest === undefined ? 0 : Math.floor(newest.position) + 1
  for (const [part, points] of parts.entries()) await addChunk(on, name, start + part, points)
  return chunks + parts.length
}
