/** Milliseconds in a day. */
export const dayMs = 86_400_000

/**
 * A calendar day written YYYY-MM-DD. The flights carry airport-local clock times without a zone; they are read as if
 * they were UTC throughout.
 */
export type Day = string

/** Days from `from` (included) to `to` (not included). */
export interface DayRange {
  from: Day
  to: Day
}

/** Epoch milliseconds of the first instant of `day`. Throws a RangeError when it is no calendar day. */
export function dayStartMs(day: Day): number {
  const startMs = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== day) {
    throw new RangeError(`"${day}" is no calendar day; write it as YYYY-MM-DD.`)
  }
  return startMs
}

/** The day `count` days after `day` (before it when negative). */
export function addDays(day: Day, count: number): Day {
  return dayOf(dayStartMs(day) + count * dayMs)
}

/** The day that holds the instant `timeMs` (epoch milliseconds). */
export function dayOf(timeMs: number): Day {
  return new Date(timeMs).toISOString().slice(0, 10)
}

/** Checks a range: both ends are days and `from` is before `to`. Throws a RangeError otherwise. */
export function requireRange(range: DayRange): void {
  if (dayStartMs(range.from) >= dayStartMs(range.to)) {
    throw new RangeError(
      `The range from ${range.from} to ${range.to} holds no day; "to" is the day after the last one.`,
    )
  }
}
