import type { Points } from '../../model/series/points.ts'
import { at, comparePoints, concatPoints, mergePoints, noPoints, slicePoints } from '../../model/series/points.ts'
import type { ChunkRange, SeriesName } from './chunk-rows.ts'
import { addChunk, readChunk, readRanges, removeChunk, spreadChunks } from './chunk-rows.ts'
import type { On } from './dialect-of.ts'

/** A chunk that grew beyond this is cut into equal parts. */
export const mostChunkPoints = 4096

/** Distances below this leave no room for the parts of a cut chunk. */
const leastGap = 1e-6

/**
 * Puts points that came late among a series' chunks; `late` is in order and none of it comes after the chunks' successor
 * (the tail). Gives those that were not there, and how many chunks there are now. With `dryRun` nothing is written.
 */
export async function insertLate(
  on: On,
  name: SeriesName,
  late: Points,
  dryRun: boolean,
): Promise<{ fresh: Points; chunks: number }> {
  let known = await readRanges(on, name)
  const fresh: Points[] = []
  let [chunks, start] = [known.length, 0]
  for (let index = 0; start < late.length; index += 1) {
    const range = known[index]
    const next = known[index + 1]
    if (range === undefined) throw new Error(`Late points of ${name.key} have no chunk to go to.`)
    const end = next === undefined ? late.length : await endBefore(on, name, late, start, next)
    if (end === start) continue
    const points = await readChunk(on, name, range.position)
    const { merged, fresh: added } = mergePoints(points, slicePoints(late, start, end))
    start = end
    if (added.length === 0) continue
    fresh.push(added)
    if (dryRun) continue
    if (next !== undefined && next.position - range.position < leastGap) known = await spreadChunks(on, name, known)
    chunks += (await replace(on, name, known, index, merged)) - 1
  }
  return { fresh: fresh.length === 0 ? noPoints : concatPoints(fresh), chunks }
}

/** Where the points of `late` end that come before the chunk `next`. Only a tie of steps needs the chunk's first point. */
async function endBefore(on: On, name: SeriesName, late: Points, start: number, next: ChunkRange): Promise<number> {
  let end = start
  while (end < late.length && at(late.steps, end) < next.firstStep) end += 1
  if (end === late.length || at(late.steps, end) > next.firstStep) return end
  const first = slicePoints(await readChunk(on, name, next.position), 0, 1)
  while (end < late.length && comparePoints(late, end, first, 0) < 0) end += 1
  return end
}

/** Writes `merged` in place of a chunk, in as many parts as it needs; gives how many. */
async function replace(
  on: On,
  name: SeriesName,
  known: readonly ChunkRange[],
  index: number,
  merged: Points,
): Promise<number> {
  const position = known[index]?.position ?? 0
  const room = (known[index + 1]?.position ?? position + 1) - position
  const parts = cutIntoChunks(merged)
  await removeChunk(on, name, position)
  for (const [part, points] of parts.entries())
    await addChunk(on, name, position + (room * part) / parts.length, points)
  return parts.length
}

/** Equal parts of at most `mostChunkPoints`. */
export function cutIntoChunks(points: Points): Points[] {
  const count = Math.max(1, Math.ceil(points.length / mostChunkPoints))
  const size = Math.ceil(points.length / count)
  return Array.from({ length: count }, (_, part) =>
    slicePoints(points, part * size, Math.min(points.length, (part + 1) * size)),
  )
}
