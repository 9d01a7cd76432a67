import type { Points } from '../../model/series/points.ts'
import { shownPoint } from '../../model/series/shown-points.ts'
import { nextTurn } from '../../store/series/next-turn.ts'

/** Points written at once; between two such portions the event loop has its turn. */
const portion = 5000

/** A page of points as the JSON of the contract `readMetricHistory`. */
export async function pageJson(page: {
  points: Points
  total: number
  nextPageToken: string | undefined
}): Promise<Buffer> {
  const { points, total, nextPageToken } = page
  const parts: Buffer[] = [Buffer.from('{"points":[')]
  for (let start = 0; start < points.length; start += portion) {
    if (start > 0) await nextTurn()
    const length = Math.min(portion, points.length - start)
    const shown = Array.from({ length }, (_, i) => shownPoint(points, start + i))
    const text = JSON.stringify(shown).slice(1, -1)
    parts.push(Buffer.from(start === 0 ? text : `,${text}`))
  }
  const next = nextPageToken === undefined ? '' : `,"nextPageToken":${JSON.stringify(nextPageToken)}`
  parts.push(Buffer.from(`],"total":${total}${next}}`))
  return Buffer.concat(parts)
}
