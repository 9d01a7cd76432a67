import { DuckDBDoubleVector, DuckDBFloatVector, DuckDBIntegerVector, DuckDBUTinyIntVector } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { dayStartMs, requireRange, type DayRange } from './day.ts'
import { emptyColumns, featureNames, joinColumns, type FeatureColumns } from './feature-columns.ts'
import { daysWithoutHistoryQuery, featureQuery, type FeatureSource } from './feature-query.ts'
import { distanceAsSent, type KilometresFault } from './kilometres-fault.ts'
import { openDatabase, sqlText, type DatabaseOptions } from './open-database.ts'

export interface FeatureFile {
  /** A Parquet file that `writeFeatures` wrote. */
  featuresPath: string
  /** Only the flights of these days; all when absent. */
  range?: DayRange
  /** A fault of our own to put in; none when absent. */
  fault?: KilometresFault
}

/**
 * Streams features by event time, in parts of at most 2,048 rows: computed from a flights file, or read from a feature
 * file. Throws a RangeError for a bad range, and an Error when a day of the range has no day before it in the flights
 * file.
 */
export async function* streamFeatures(
  source: FeatureSource | FeatureFile,
  options: DatabaseOptions = {},
): AsyncGenerator<FeatureColumns> {
  const database = await openDatabase(options)
  try {
    if ('flightsPath' in source) await requireHistory(database.connection, source)
    const rows = await database.connection.stream(
      'flightsPath' in source ? featureQuery(source) : featureFileQuery(source),
    )
    for (let chunk = await rows.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await rows.fetchChunk()) {
      yield columnsOf(chunk)
    }
  } finally {
    database.close()
  }
}

/** Reads what `streamFeatures` streams, as one set of columns (33 bytes a row). */
export async function readFeatures(
  source: FeatureSource | FeatureFile,
  options: DatabaseOptions = {},
): Promise<FeatureColumns> {
  return joinColumns(await Array.fromAsync(streamFeatures(source, options)))
}

/** Throws an Error that names the first day whose day before has no flights in the file. */
export async function requireHistory(connection: DuckDBConnection, source: FeatureSource): Promise<void> {
  const day = (await connection.runAndReadAll(daysWithoutHistoryQuery(source))).getRowsJS()[0]?.[0]
  if (typeof day === 'string') {
    throw new Error(
      `The file ${source.flightsPath} has no flights on the day before ${day}, so yesterday's late shares are unknown there. ` +
        'Start the range a day later, or give a file with that day.',
    )
  }
}

function featureFileQuery({ featuresPath, range, fault }: FeatureFile): string {
  if (range !== undefined) requireRange(range)
  const within =
    range === undefined
      ? ''
      : `WHERE event_time_ms >= ${dayStartMs(range.from)} AND event_time_ms < ${dayStartMs(range.to)}`
  const distance = distanceAsSent({ distance: 'distance', timeMs: 'event_time_ms' }, fault)
  return `SELECT event_time_ms::DOUBLE, hour::FLOAT, weekday::FLOAT, (${distance})::FLOAT,
      origin_late_share::FLOAT, destination_late_share::FLOAT,
      late::UTINYINT, flight_id::INTEGER
    FROM read_parquet(${sqlText(featuresPath)}) ${within} ORDER BY event_time_ms, flight_id`
}

/** Both queries give the columns in this order: event time, the five features, late, flight id. */
function columnsOf(chunk: DuckDBDataChunk): FeatureColumns {
  const columns = emptyColumns(chunk.rowCount)
  copyColumn(chunk, 0, DuckDBDoubleVector, columns.eventTimeMs)
  featureNames.forEach((name, index) => copyColumn(chunk, index + 1, DuckDBFloatVector, columns.features[name]))
  copyColumn(chunk, featureNames.length + 1, DuckDBUTinyIntVector, columns.late)
  copyColumn(chunk, featureNames.length + 2, DuckDBIntegerVector, columns.flightId)
  return columns
}

interface NumberVector {
  getItem(row: number): number | null
}

function copyColumn<Vector extends NumberVector>(
  chunk: DuckDBDataChunk,
  index: number,
  kind: abstract new (...parts: never[]) => Vector,
  into: Float32Array | Float64Array | Uint8Array | Int32Array,
): void {
  const vector = chunk.getColumnVector(index)
  if (!(vector instanceof kind))
    throw new TypeError(
      `Column ${index} of the features has the type ${vector.type.toString()}, which is not the expected one.`,
    )
  const numbers: Vector = vector
  for (let row = 0; row < into.length; row++) {
    const value = numbers.getItem(row)
    if (value === null)
      throw new Error(`Column ${index} of the features has a null in it; every feature of every flight must be known.`)
    into[row] = value
  }
}
