import type { Points } from './points.ts'
import { at } from './points.ts'

/** A series over some x, in order of x; points whose x is NaN are left out. */
export interface OverX {
  readonly x: Float64Array
  readonly y: Float64Array
}

/** Values over the step. */
export function overStep({ steps, values }: Points): OverX {
  return { x: steps, y: values }
}

/** Values over the time in epoch milliseconds. */
export function overTime({ times, values }: Points): OverX {
  return inOrder(times, values)
}

/** Values over the time in milliseconds since the series' earliest point. */
export function overRelativeTime(points: Points): OverX {
  const { x, y } = overTime(points)
  const origin = x[0] ?? 0
  const since = new Float64Array(x.length)
  for (let i = 0; i < x.length; i += 1) since[i] = (x[i] ?? 0) - origin
  return { x: since, y }
}

/** Values over another metric's value at the same step (its last one there). Steps that the other has not are left out. */
export function overMetric(points: Points, other: Points): OverX {
  const [x, y] = [new Float64Array(points.length), new Float64Array(points.length)]
  let [kept, place] = [0, 0]
  for (let i = 0; i < points.length; i += 1) {
    const step = at(points.steps, i)
    while (place < other.length && at(other.steps, place) <= step) place += 1
    if (place === 0 || at(other.steps, place - 1) !== step || Number.isNaN(at(other.values, place - 1))) continue
    x[kept] = at(other.values, place - 1)
    y[kept] = at(points.values, i)
    kept += 1
  }
  return inOrder(x.subarray(0, kept), y.subarray(0, kept))
}

/** What lies between two x, both included. */
export function between({ x, y }: OverX, from: number, to: number): OverX {
  if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) return { x, y }
  const start = countBelow(x, from, false)
  const end = Math.max(start, countBelow(x, to, true))
  return { x: x.subarray(start, end), y: y.subarray(start, end) }
}

/** How many of the ordered `x` are less than `limit`, or equal to it where they count. */
function countBelow(x: Float64Array, limit: number, withEqual: boolean): number {
  let [low, high] = [0, x.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const value = x[middle] ?? 0
    if (value < limit || (withEqual && value === limit)) low = middle + 1
    else high = middle
  }
  return low
}

function inOrder(x: Float64Array, y: Float64Array): OverX {
  if (isAscending(x)) return { x, y }
  const places = Uint32Array.from(x, (_, i) => i).sort((i, j) => (x[i] ?? 0) - (x[j] ?? 0))
  return { x: Float64Array.from(places, (i) => x[i] ?? 0), y: Float64Array.from(places, (i) => y[i] ?? 0) }
}

function isAscending(x: Float64Array): boolean {
  for (let i = 1; i < x.length; i += 1) if ((x[i] ?? 0) < (x[i - 1] ?? 0)) return false
  return true
}
