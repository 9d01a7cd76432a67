import { requireRange, type DayRange } from './day.ts'
import { sqlText, withDatabase, type DatabaseOptions } from './open-database.ts'

/** In a sample, one flight of each block of this many consecutive rows is kept. */
export const sampledOneOf = 10

export interface FlightsCopy {
  flightsPath: string
  outPath: string
  /** Only the flights of these days; all when absent. */
  range?: DayRange
  /** `all`, or one flight in ten. */
  keep: 'all' | 'one-in-ten'
}

/**
 * Writes some of the flights to another Parquet file with the same columns and in the same order; returns the number of
 * rows.
 *
 * The sample is deterministic: of each ten consecutive rows it keeps the one that a hash of the block's number names.
 * The file is ordered by time, so every hour keeps its tenth, and three million flights give exactly 300,000. It is a
 * data set of its own: late shares are computed from the flights that it holds, as they would be by someone who had
 * only those.
 */
export async function writeFlights(copy: FlightsCopy, options: DatabaseOptions = {}): Promise<{ rowCount: number }> {
  const conditions = ['true']
  if (copy.range !== undefined) {
    requireRange(copy.range)
    conditions.push(`date >= TIMESTAMP ${sqlText(copy.range.from)} AND date < TIMESTAMP ${sqlText(copy.range.to)}`)
  }
  // Knuth's multiplicative hash of the block's number: DuckDB's own hash() may change with its version.
  const chosen = `(((file_row_number // ${sampledOneOf}) * 2654435761) % 4294967296) // 65536 % ${sampledOneOf}`
  if (copy.keep === 'one-in-ten') conditions.push(`file_row_number % ${sampledOneOf} = ${chosen}`)
  return withDatabase(options, async (connection) => {
    const written = await connection.runAndReadAll(
      `COPY (SELECT date, delay, distance, origin, destination FROM read_parquet(${sqlText(copy.flightsPath)}, file_row_number = true)
         WHERE ${conditions.join(' AND ')})
       TO ${sqlText(copy.outPath)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    return { rowCount: Number(written.getRowsJS()[0]?.[0] ?? 0) }
  })
}
