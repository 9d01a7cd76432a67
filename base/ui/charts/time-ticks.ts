import { clock, shortDay, type Zone } from '../format/format.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  3 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
  91 * DAY,
  182 * DAY,
  365 * DAY,
]

/** Tick times between two times, at steps people count in; whole days start at midnight of the zone. */
export function timeTicks(lowMs: number, highMs: number, wanted: number, zone: Zone): number[] {
  const rough = (highMs - lowMs) / Math.max(1, wanted)
  const step = STEPS.find((size) => size >= rough) ?? 365 * DAY
  const offset = zone === 'UTC' ? 0 : -new Date(lowMs).getTimezoneOffset() * MINUTE
  const ticks: number[] = []
  for (let at = Math.ceil((lowMs + offset) / step) * step - offset; at <= highMs; at += step) ticks.push(at)
  return ticks
}

/** Ticks as text: clock times within a day, days beyond. */
export function writeTimes(ticks: readonly number[], zone: Zone): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0)
  return ticks.map((at) => (step >= DAY || ticks.length < 2 ? shortDay(at, zone) : clock(at, zone)))
}
