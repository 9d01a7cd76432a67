import { addDays, requireRange, type DayRange } from './day.ts'
import { distanceAsSent, type KilometresFault } from './kilometres-fault.ts'
import { sqlText } from './open-database.ts'

/** A flight is late when it arrives more than this many minutes after its scheduled time. */
export const lateAfterMinutes = 15

export interface FeatureSource extends DayRange {
  /** Parquet file with columns date, delay, distance, origin, destination. */
  flightsPath: string
  /** A fault of our own to put in; none when absent. */
  fault?: KilometresFault
}

/**
 * SQL that computes one row of features per flight of the range, ordered by event time.
 *
 * The late shares are point in time: they count the flights of the calendar day before the flight's own, departures for
 * the origin and arrivals for the destination, and nothing else; an airport without any has the share of the whole
 * network on that day. So the query reads the range and the one day before it, no more of the file. One thing this file
 * cannot say is when a delay became known: a flight that leaves before midnight and lands after it counts for its day
 * of departure.
 */
export function featureQuery(source: FeatureSource): string {
  requireRange(source)
  const distance = distanceAsSent({ distance: 'distance', timeMs: 'epoch_ms(date)' }, source.fault)
  return `${flightsOf(source)}
    SELECT
      epoch_ms(date)::DOUBLE AS event_time_ms,
      hour(date)::FLOAT AS hour,
      isodow(date)::FLOAT AS weekday,
      (${distance})::FLOAT AS distance,
      ${shareOf('departures')} AS origin_late_share,
      ${shareOf('arrivals')} AS destination_late_share,
      flights.late AS late,
      flight_id
    FROM flights
    JOIN network ON network.day = flights.day - 1
    LEFT JOIN departures ON departures.day = flights.day - 1 AND departures.airport = flights.origin
    LEFT JOIN arrivals ON arrivals.day = flights.day - 1 AND arrivals.airport = flights.destination
    WHERE flights.day >= DATE ${sqlText(source.from)}
    ORDER BY date, flight_id`
}

/**
 * SQL for the days of the range that have flights while the day before has none, so that their late shares are unknown.
 */
export function daysWithoutHistoryQuery(source: FeatureSource): string {
  requireRange(source)
  return `${flightsOf(source)}
    SELECT strftime(day, '%Y-%m-%d') FROM network
    WHERE day >= DATE ${sqlText(source.from)} AND day - 1 NOT IN (SELECT day FROM network)
    ORDER BY day`
}

function flightsOf({ flightsPath, from, to }: FeatureSource): string {
  return `WITH flights AS (
      SELECT file_row_number::INTEGER AS flight_id, date, date::DATE AS day, distance, origin, destination,
        (delay > ${lateAfterMinutes})::UTINYINT AS late
      FROM read_parquet(${sqlText(flightsPath)}, file_row_number = true)
      WHERE date >= TIMESTAMP ${sqlText(addDays(from, -1))} AND date < TIMESTAMP ${sqlText(to)} AND delay IS NOT NULL
    ),
    network AS (SELECT day, avg(late) AS share FROM flights GROUP BY day),
    departures AS (SELECT day, origin AS airport, avg(late) AS share FROM flights GROUP BY ALL),
    arrivals AS (SELECT day, destination AS airport, avg(late) AS share FROM flights GROUP BY ALL)`
}

function shareOf(airports: 'departures' | 'arrivals'): string {
  return `coalesce(${airports}.share, network.share)::FLOAT`
}
