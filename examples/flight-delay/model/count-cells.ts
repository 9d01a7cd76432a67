import { featureNames, type FeatureColumns, type FeatureName } from '../features/feature-columns.ts'
import { positionCount, positionOf, type Encoding } from './logistic-model.ts'

/**
 * The rows of a data set counted by their positions. Rows with equal positions are one cell, and a logistic regression
 * on positions needs no more than the counts of each. `columns` holds the design matrix's five columns that are 1 in a
 * cell (cell c at 5c to 5c + 4).
 */
export interface Cells {
  /** Columns of the design matrix: the positions of the five features side by side. */
  columnCount: number
  columns: Uint16Array
  flights: Float64Array
  lateFlights: Float64Array
}

/**
 * Counts `rows` by position. `late` is passed apart, so that shuffled labels may take its place. Throws a RangeError
 * when a value has no position.
 */
export function countCells(
  encodings: Record<FeatureName, Encoding>,
  features: FeatureColumns['features'],
  late: Uint8Array,
): Cells {
  const keys = cellKeys(encodings, features)
  const cellCount = featureNames.reduce((product, name) => product * positionCount(encodings[name]), 1)
  const flights = new Uint32Array(cellCount)
  const lateFlights = new Uint32Array(cellCount)
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0
    flights[key] = (flights[key] ?? 0) + 1
    lateFlights[key] = (lateFlights[key] ?? 0) + (late[row] ?? 0)
  }
  return compact(encodings, flights, lateFlights)
}

function cellKeys(encodings: Record<FeatureName, Encoding>, features: FeatureColumns['features']): Uint32Array {
  const keys = new Uint32Array(features.hour.length)
  for (const name of featureNames) {
    const encoding = encodings[name]
    const positions = positionCount(encoding)
    const values = features[name]
    for (let row = 0; row < keys.length; row++) {
      const position = positionOf(encoding, values[row] ?? Number.NaN)
      if (position < 0)
        throw new RangeError(
          `The ${name} of row ${row} is ${values[row]}, which no flight can have; check the features.`,
        )
      keys[row] = (keys[row] ?? 0) * positions + position
    }
  }
  return keys
}

function compact(encodings: Record<FeatureName, Encoding>, flights: Uint32Array, lateFlights: Uint32Array): Cells {
  const widths = featureNames.map((name) => positionCount(encodings[name]))
  const starts = widths.map((_, index) => widths.slice(0, index).reduce((sum, width) => sum + width, 0))
  const kept = flights.reduce((count, cell) => count + (cell > 0 ? 1 : 0), 0)
  const cells: Cells = {
    columnCount: widths.reduce((sum, width) => sum + width, 0),
    columns: new Uint16Array(kept * widths.length),
    flights: new Float64Array(kept),
    lateFlights: new Float64Array(kept),
  }
  let cell = 0
  for (let key = 0; key < flights.length; key++) {
    if (flights[key] === 0) continue
    let rest = key
    for (let index = widths.length - 1; index >= 0; index--) {
      const width = widths[index] ?? 1
      cells.columns[cell * widths.length + index] = (starts[index] ?? 0) + (rest % width)
      rest = Math.floor(rest / width)
    }
    cells.flights[cell] = flights[key] ?? 0
    cells.lateFlights[cell] = lateFlights[key] ?? 0
    cell++
  }
  return cells
}
