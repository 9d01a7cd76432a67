import { sqlText, withDatabase } from '../features/open-database.ts'

/** One flight of a test file; `at` is written as 2001-01-02 14:05. */
export interface TestFlight {
  at: string
  delay: number | null
  distance: number
  origin: string
  destination: string
}

/** A flight from AAA to BBB at noon on 1 January 2001, on time, with what the test cares about put in its place. */
export function aFlight(flight: Partial<TestFlight> = {}): TestFlight {
  return { at: '2001-01-01 12:00', delay: 0, distance: 500, origin: 'AAA', destination: 'BBB', ...flight }
}

/** Writes flights to a Parquet file with the columns of the real one, in the given order. */
export async function writeTestFlights(path: string, flights: readonly TestFlight[]): Promise<void> {
  const rows = flights.map(
    ({ at, delay, distance, origin, destination }) =>
      `(TIMESTAMP ${sqlText(`${at}:00`)}, ${delay === null ? 'NULL' : delay}::BIGINT, ${distance}::BIGINT, ${sqlText(origin)}, ${sqlText(destination)})`,
  )
  await withDatabase({ threads: 1 }, (connection) =>
    connection.run(
      `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) AS flights(date, delay, distance, origin, destination)) TO ${sqlText(path)} (FORMAT parquet)`,
    ),
  )
}
