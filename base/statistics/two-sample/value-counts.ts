import { at } from '../at.ts'

/**
 * Two samples as one table: each distinct value, ascending, with how often it occurs in the reference and in the
 * current sample. What `GROUP BY value ORDER BY value` gives; the `…FromCounts` functions take it apart.
 */
export type ValueCounts = {
  readonly values: Float64Array
  readonly reference: Float64Array
  readonly current: Float64Array
}

/** Tabulates two samples; n log n. NaN and infinite values are left out: a missing value is a matter of data quality, not of drift. */
export function valueCounts(reference: ArrayLike<number>, current: ArrayLike<number>): ValueCounts {
  const left = sortedFinite(reference)
  const right = sortedFinite(current)
  const table = {
    values: new Float64Array(left.length + right.length),
    reference: new Float64Array(left.length + right.length),
    current: new Float64Array(left.length + right.length),
  }
  let size = 0
  for (let i = 0, j = 0; i < left.length || j < right.length; size += 1) {
    const value = Math.min(left[i] ?? Number.POSITIVE_INFINITY, right[j] ?? Number.POSITIVE_INFINITY)
    const [leftEnd, rightEnd] = [endOfRun(left, i, value), endOfRun(right, j, value)]
    table.values[size] = value
    table.reference[size] = leftEnd - i
    table.current[size] = rightEnd - j
    i = leftEnd
    j = rightEnd
  }
  return {
    values: table.values.subarray(0, size),
    reference: table.reference.subarray(0, size),
    current: table.current.subarray(0, size),
  }
}

/** The finite values of a sample, ascending, in a new array. */
export function sortedFinite(sample: ArrayLike<number>): Float64Array {
  return Float64Array.from(sample).filter(Number.isFinite).sort()
}

/** The sum of all counts. */
export function total(counts: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < counts.length; index += 1) sum += at(counts, index)
  return sum
}

/** Counts divided by their sum. Throws RangeError for an empty table, which has no shares. */
export function shares(counts: ArrayLike<number>): Float64Array {
  const sum = total(counts)
  if (!(sum > 0)) throw new RangeError('A distribution needs at least one observation; all counts are zero.')
  return Float64Array.from(counts, (count) => count / sum)
}

/** Refuses two count lists that do not describe the same bins. */
export function requireSameBins(reference: ArrayLike<number>, current: ArrayLike<number>): void {
  if (reference.length === current.length) return
  throw new RangeError(`Both lists must count the same bins; one has ${reference.length}, the other ${current.length}.`)
}

function endOfRun(sorted: Float64Array, start: number, value: number): number {
  let end = start
  while (end < sorted.length && sorted[end] === value) end += 1
  return end
}
