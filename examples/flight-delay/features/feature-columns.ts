import { dayStartMs, requireRange, type DayRange } from './day.ts'

/** The model's five inputs, in the order in which its graph declares them. */
export const featureNames = ['hour', 'weekday', 'distance', 'origin_late_share', 'destination_late_share'] as const
export type FeatureName = (typeof featureNames)[number]

/**
 * Flights as columns of equal length, row i of each describing the same flight.
 * `hour` 0 to 23; `weekday` 1 (Monday) to 7; `distance` in miles; late shares 0 to 1; `late` 0 or 1;
 * `eventTimeMs` epoch milliseconds of the departure; `flightId` the row number in the flights file.
 */
export interface FeatureColumns {
  features: Record<FeatureName, Float32Array>
  late: Uint8Array
  eventTimeMs: Float64Array
  flightId: Int32Array
}

/** Columns of `rowCount` zeros, to be filled. */
export function emptyColumns(rowCount: number): FeatureColumns {
  return {
    features: {
      hour: new Float32Array(rowCount),
      weekday: new Float32Array(rowCount),
      distance: new Float32Array(rowCount),
      origin_late_share: new Float32Array(rowCount),
      destination_late_share: new Float32Array(rowCount),
    },
    late: new Uint8Array(rowCount),
    eventTimeMs: new Float64Array(rowCount),
    flightId: new Int32Array(rowCount),
  }
}

/** Rows `from` to `to` (not included), as views on the same memory. */
export function sliceColumns(columns: FeatureColumns, from: number, to: number): FeatureColumns {
  const { features } = columns
  return {
    features: {
      hour: features.hour.subarray(from, to),
      weekday: features.weekday.subarray(from, to),
      distance: features.distance.subarray(from, to),
      origin_late_share: features.origin_late_share.subarray(from, to),
      destination_late_share: features.destination_late_share.subarray(from, to),
    },
    late: columns.late.subarray(from, to),
    eventTimeMs: columns.eventTimeMs.subarray(from, to),
    flightId: columns.flightId.subarray(from, to),
  }
}

/** The rows of `range`, as views on the same memory. The rows must be ordered by event time, as features are. */
export function columnsOfDays(columns: FeatureColumns, range: DayRange): FeatureColumns {
  requireRange(range)
  const { eventTimeMs } = columns
  return sliceColumns(
    columns,
    firstRowFrom(eventTimeMs, dayStartMs(range.from)),
    firstRowFrom(eventTimeMs, dayStartMs(range.to)),
  )
}

function firstRowFrom(sortedTimesMs: Float64Array, timeMs: number): number {
  let low = 0
  let high = sortedTimesMs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sortedTimesMs[middle] ?? 0) < timeMs) low = middle + 1
    else high = middle
  }
  return low
}

/** All rows of `parts`, one after the other, in new memory. */
export function joinColumns(parts: readonly FeatureColumns[]): FeatureColumns {
  const joined = emptyColumns(parts.reduce((rows, part) => rows + part.late.length, 0))
  let row = 0
  for (const part of parts) {
    for (const name of featureNames) joined.features[name].set(part.features[name], row)
    joined.late.set(part.late, row)
    joined.eventTimeMs.set(part.eventTimeMs, row)
    joined.flightId.set(part.flightId, row)
    row += part.late.length
  }
  return joined
}

/** The same rows in the same order, in parts of exactly `rowsPerPart` rows; the last may be shorter. */
export async function* regroupColumns(
  parts: AsyncIterable<FeatureColumns> | Iterable<FeatureColumns>,
  rowsPerPart: number,
): AsyncGenerator<FeatureColumns> {
  if (!Number.isInteger(rowsPerPart) || rowsPerPart < 1)
    throw new RangeError(`A part needs a whole number of rows of at least 1, not ${rowsPerPart}.`)
  let waiting: FeatureColumns[] = []
  let waitingRows = 0
  for await (const part of parts) {
    waiting.push(part)
    waitingRows += part.late.length
    if (waitingRows < rowsPerPart) continue
    const joined = waiting.length === 1 ? part : joinColumns(waiting)
    let row = 0
    for (; row + rowsPerPart <= waitingRows; row += rowsPerPart) yield sliceColumns(joined, row, row + rowsPerPart)
    waitingRows -= row
    waiting = waitingRows > 0 ? [sliceColumns(joined, row, row + waitingRows)] : []
  }
  if (waitingRows > 0) yield joinColumns(waiting)
}
