import type { Points } from './points.ts'
import { at } from './points.ts'
import type { Wide } from './wide.ts'

/** One point of a series. */
export interface SeriesPoint {
  readonly step: Wide
  readonly at: Wide
  /** May be NaN. */
  readonly value: number
}

/** An extreme and the step where it was reached first. */
export interface Extreme {
  readonly value: number
  readonly step: number
}

/**
 * What is kept of a series beside its points. First and last are by step, then time, then value. Least and greatest leave
 * NaN out; the mean leaves infinities out, too (`sum` over `finite` points).
 */
export interface SeriesSummary {
  readonly points: number
  readonly finite: number
  readonly sum: number
  readonly first: SeriesPoint
  readonly last: SeriesPoint
  readonly min: Extreme | undefined
  readonly max: Extreme | undefined
}

/** The summary after points that were not there before, in order; undefined while there are none. */
export function summarise(before: SeriesSummary | undefined, fresh: Points): SeriesSummary | undefined {
  if (fresh.length === 0) return before
  const own = summaryOf(fresh)
  if (before === undefined) return own
  return {
    points: before.points + own.points,
    finite: before.finite + own.finite,
    sum: before.sum + own.sum,
    first: isBefore(own.first, before.first) ? own.first : before.first,
    last: isBefore(before.last, own.last) ? own.last : before.last,
    min: moreExtreme(before.min, own.min, -1),
    max: moreExtreme(before.max, own.max, 1),
  }
}

function summaryOf(points: Points): SeriesSummary {
  const { length, steps, values } = points
  let [finite, sum] = [0, 0]
  let [min, max]: (Extreme | undefined)[] = [undefined, undefined]
  for (let i = 0; i < length; i += 1) {
    const value = at(values, i)
    if (Number.isNaN(value)) continue
    // Points come in order, so the first of equal ones has the least step.
    if (min === undefined || value < min.value) min = { value, step: at(steps, i) }
    if (max === undefined || value > max.value) max = { value, step: at(steps, i) }
    if (!Number.isFinite(value)) continue
    finite += 1
    sum += value
  }
  return { points: length, finite, sum, first: pointAt(points, 0), last: pointAt(points, length - 1), min, max }
}

/** The one further out in the direction of `sign`, or of two equals the one reached at the lesser step. */
function moreExtreme(a: Extreme | undefined, b: Extreme | undefined, sign: 1 | -1): Extreme | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a.value === b.value) return b.step < a.step ? b : a
  return b.value * sign > a.value * sign ? b : a
}

/** Point `i` on its own. */
export function pointAt(points: Points, i: number): SeriesPoint {
  return {
    step: { high: at(points.steps, i), low: at(points.stepLows, i) },
    at: { high: at(points.times, i), low: at(points.timeLows, i) },
    value: at(points.values, i),
  }
}

/** A list of one point. */
export function pointsOf({ step, at: time, value }: SeriesPoint): Points {
  const one = (number: number) => Float64Array.of(number)
  return {
    length: 1,
    steps: one(step.high),
    stepLows: step.low === 0 ? undefined : one(step.low),
    times: one(time.high),
    timeLows: time.low === 0 ? undefined : one(time.low),
    values: one(value),
  }
}

function isBefore(a: SeriesPoint, b: SeriesPoint): boolean {
  const order = compareWide(a.step, b.step) || compareWide(a.at, b.at)
  if (order !== 0) return order < 0
  return a.value < b.value || (Number.isNaN(a.value) && !Number.isNaN(b.value))
}

function compareWide(a: Wide, b: Wide): number {
  return a.high - b.high || a.low - b.low
}
