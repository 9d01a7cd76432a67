import { addDays, dayStartMs, type Day } from './day.ts'

/** Kilometres in one international mile. */
export const kilometresPerMile = 1.609344

/**
 * A fault that the demo itself puts in, to see it caught: on one day the feed sends kilometres where the model expects
 * miles. It is never found in the flights file.
 */
export interface KilometresFault {
  name: 'distance-in-kilometres'
  day: Day
  /** What a table or an incident may print beside it. */
  label: string
}

/** The fault for `day`. Throws a RangeError when it is no calendar day. */
export function kilometresFault(day: Day): KilometresFault {
  dayStartMs(day)
  return {
    name: 'distance-in-kilometres',
    day,
    label: `Injected by the demo: on ${day} the feed sends kilometres in distance.`,
  }
}

/**
 * SQL for the distance as the feed sends it: `distance` is the column with miles, `timeMs` the one with the event time.
 */
export function distanceAsSent(
  columns: { distance: string; timeMs: string },
  fault: KilometresFault | undefined,
): string {
  if (fault === undefined) return columns.distance
  const onItsDay = `${columns.timeMs} >= ${dayStartMs(fault.day)} AND ${columns.timeMs} < ${dayStartMs(addDays(fault.day, 1))}`
  return `CASE WHEN ${onItsDay} THEN ${columns.distance} * ${kilometresPerMile} ELSE ${columns.distance} END`
}
