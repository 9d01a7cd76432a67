/** Measured points as columns. `stepLows` and `timeLows` are the rests of integers beyond 2^53 (see `wide.ts`), where there are any. */
export interface Points {
  readonly length: number
  readonly steps: Float64Array
  readonly stepLows: Float64Array | undefined
  /** Epoch milliseconds. */
  readonly times: Float64Array
  readonly timeLows: Float64Array | undefined
  /** May be NaN or infinite. */
  readonly values: Float64Array
}

export const noPoints: Points = {
  length: 0,
  steps: new Float64Array(0),
  stepLows: undefined,
  times: new Float64Array(0),
  timeLows: undefined,
  values: new Float64Array(0),
}

/** Compares two points by step, then time, then value; NaN comes before every number. */
export function comparePoints(a: Points, i: number, b: Points, j: number): number {
  return compareSteps(a, i, b, j) || compareTimes(a, i, b, j) || compareValues(a, i, b, j)
}

/** Compares two points by time, then step, then value: the order of MLflow's histories. */
export function compareByTime(a: Points, i: number, b: Points, j: number): number {
  return compareTimes(a, i, b, j) || compareSteps(a, i, b, j) || compareValues(a, i, b, j)
}

export type Compare = typeof comparePoints

function compareSteps(a: Points, i: number, b: Points, j: number): number {
  return at(a.steps, i) - at(b.steps, j) || at(a.stepLows, i) - at(b.stepLows, j)
}

function compareTimes(a: Points, i: number, b: Points, j: number): number {
  return at(a.times, i) - at(b.times, j) || at(a.timeLows, i) - at(b.timeLows, j)
}

function compareValues(a: Points, i: number, b: Points, j: number): number {
  const [left, right] = [at(a.values, i), at(b.values, j)]
  if (left < right) return -1
  if (left > right) return 1
  return (Number.isNaN(left) ? 0 : 1) - (Number.isNaN(right) ? 0 : 1)
}

/** The number at `i`; 0 where the column is left out. */
export function at(column: Float64Array | undefined, i: number): number {
  return column?.[i] ?? 0
}

/** Points from `start` up to `end`; the columns are shared. */
export function slicePoints(points: Points, start: number, end: number): Points {
  if (start === 0 && end === points.length) return points
  const { steps, stepLows, times, timeLows, values } = points
  return {
    length: Math.max(0, end - start),
    steps: steps.subarray(start, end),
    stepLows: stepLows?.subarray(start, end),
    times: times.subarray(start, end),
    timeLows: timeLows?.subarray(start, end),
    values: values.subarray(start, end),
  }
}

/** All points of `parts`, in their order. */
export function concatPoints(parts: readonly Points[]): Points {
  const filled = parts.filter((part) => part.length > 0)
  if (filled.length <= 1) return filled[0] ?? noPoints
  const length = filled.reduce((sum, part) => sum + part.length, 0)
  const column = (name: 'steps' | 'stepLows' | 'times' | 'timeLows' | 'values') => {
    const all = new Float64Array(length)
    let start = 0
    for (const part of filled) {
      const own = part[name]
      if (own !== undefined) all.set(own, start)
      start += part.length
    }
    return all
  }
  return {
    length,
    steps: column('steps'),
    stepLows: filled.some((part) => part.stepLows !== undefined) ? column('stepLows') : undefined,
    times: column('times'),
    timeLows: filled.some((part) => part.timeLows !== undefined) ? column('timeLows') : undefined,
    values: column('values'),
  }
}

/** The points at `indices`, in that order. */
export function pickPoints(points: Points, indices: ArrayLike<number>): Points {
  const { length } = indices
  const column = (from: Float64Array) => {
    const picked = new Float64Array(length)
    for (let i = 0; i < length; i += 1) picked[i] = at(from, indices[i] ?? 0)
    return picked
  }
  return {
    length,
    steps: column(points.steps),
    stepLows: points.stepLows && column(points.stepLows),
    times: column(points.times),
    timeLows: points.timeLows && column(points.timeLows),
    values: column(points.values),
  }
}

/** Points in order, each once. What is in order already comes back as it is. */
export function sortPoints(points: Points, compare: Compare = comparePoints): Points {
  if (isAscending(points, compare)) return points
  const indices = Uint32Array.from({ length: points.length }, (_, index) => index)
  indices.sort((i, j) => compare(points, i, points, j))
  let kept = 0
  for (const index of indices) {
    if (kept > 0 && compare(points, indices[kept - 1] ?? 0, points, index) === 0) continue
    indices[kept] = index
    kept += 1
  }
  return pickPoints(points, indices.subarray(0, kept))
}

function isAscending(points: Points, compare: Compare): boolean {
  for (let i = 1; i < points.length; i += 1) if (compare(points, i - 1, points, i) >= 0) return false
  return true
}

/** How many points of the ordered `points` come before point `i` of `other`. */
export function countBefore(points: Points, other: Points, i: number, compare: Compare = comparePoints): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(points, middle, other, i) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Two ordered lists as one: `merged`, and `fresh`, the points of `added` that were not there. */
export function mergePoints(
  there: Points,
  added: Points,
  compare: Compare = comparePoints,
): { merged: Points; fresh: Points } {
  if (added.length === 0) return { merged: there, fresh: noPoints }
  if (there.length === 0 || compare(there, there.length - 1, added, 0) < 0) {
    return { merged: concatPoints([there, added]), fresh: added }
  }
  const fresh = added.length === 0 ? added : pickPoints(added, missingFrom(there, added, compare))
  return { merged: sortPoints(concatPoints([there, fresh]), compare), fresh }
}

function missingFrom(there: Points, added: Points, compare: Compare): number[] {
  const missing: number[] = []
  for (let i = 0; i < added.length; i += 1) {
    const place = countBefore(there, added, i, compare)
    if (place === there.length || compare(there, place, added, i) !== 0) missing.push(i)
  }
  return missing
}
