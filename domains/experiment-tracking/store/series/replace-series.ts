import type { Points } from '../../model/series/points.ts'
import { noPoints } from '../../model/series/points.ts'
import { summarise } from '../../model/series/summary.ts'
import type { SeriesName } from './chunk-rows.ts'
import { addChunk, removeChunks } from './chunk-rows.ts'
import type { On } from './dialect-of.ts'
import { cutIntoChunks } from './insert-late.ts'
import { saveRunSeries } from './merge-run.ts'

/** Puts other points in place of a series', all anew; none takes the series away. `points` is in order. */
export async function replaceSeries(on: On, name: SeriesName, experiment: number, points: Points): Promise<void> {
  await removeChunks(on, name)
  const parts = points.length === 0 ? [] : cutIntoChunks(points)
  for (const [position, part] of parts.entries()) await addChunk(on, name, position, part)
  const series = { summary: summarise(undefined, points), chunks: parts.length, tail: noPoints }
  await saveRunSeries(on, { ...name, experiment }, new Map([[name.key, series]]))
}
