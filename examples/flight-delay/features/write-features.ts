import { featureQuery, type FeatureSource } from './feature-query.ts'
import { sqlText, withDatabase, type DatabaseOptions } from './open-database.ts'
import { requireHistory } from './read-features.ts'

/**
 * Computes the features of a range of days and writes them to a Parquet file (zstd), ordered by event time, with the
 * columns event_time_ms, hour, weekday, distance, origin_late_share, destination_late_share, late, flight_id. Returns
 * the number of rows. Throws a RangeError for a bad range, and an Error when a day of the range has no day before it in
 * the flights file.
 */
export async function writeFeatures(
  source: FeatureSource & { outPath: string },
  options: DatabaseOptions = {},
): Promise<{ rowCount: number }> {
  return withDatabase(options, async (connection) => {
    await requireHistory(connection, source)
    const written = await connection.runAndReadAll(
      `COPY (SELECT * REPLACE (event_time_ms::BIGINT AS event_time_ms) FROM (${featureQuery(source)}))
       TO ${sqlText(source.outPath)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    return { rowCount: Number(written.getRowsJS()[0]?.[0] ?? 0) }
  })
}
