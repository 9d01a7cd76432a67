/** One measured point. `value` may be NaN or infinite. */
export interface Point {
  readonly step: number
  readonly atMs: number
  readonly value: number
}

/** What is kept of a series beside its points; `min` and `max` leave NaN out. */
export interface SeriesSummary {
  readonly points: number
  readonly last: Point
  readonly min: number | undefined
  readonly max: number | undefined
}

/** The summary after new points; the latest is the greatest by step, then time, then value. */
export function summarise(before: SeriesSummary | undefined, added: readonly Point[]): SeriesSummary | undefined {
  return added.reduce<SeriesSummary | undefined>(
    (summary, point) => withPoint(summary ?? nothing(point), point),
    before,
  )
}

function nothing(first: Point): SeriesSummary {
  return { points: 0, last: first, min: undefined, max: undefined }
}

function withPoint(summary: SeriesSummary, point: Point): SeriesSummary {
  const points = summary.points + 1
  const last = isLater(point, summary.last) ? point : summary.last
  if (Number.isNaN(point.value)) return { ...summary, points, last }
  const min = Math.min(summary.min ?? point.value, point.value)
  return { points, last, min, max: Math.max(summary.max ?? point.value, point.value) }
}

function isLater(a: Point, b: Point): boolean {
  if (a.step !== b.step) return a.step > b.step
  if (a.atMs !== b.atMs) return a.atMs > b.atMs
  // NaN loses against a number of the same instant.
  return Number.isNaN(b.value) || a.value > b.value
}
