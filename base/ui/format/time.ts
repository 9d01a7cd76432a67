const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The zone in which a time is written: the reader's own for acts, UTC for event-time windows, which are cut there. */
export type Zone = 'local' | 'UTC'

const formats = new Map<string, Intl.DateTimeFormat>()

function written(atMs: number, zone: Zone, options: Intl.DateTimeFormatOptions): string {
  const key = zone + JSON.stringify(options)
  const format =
    formats.get(key) ?? new Intl.DateTimeFormat('en-GB', zone === 'UTC' ? { ...options, timeZone: 'UTC' } : options)
  formats.set(key, format)
  return format.format(atMs).replace(',', '').replace('Sept', 'Sep')
}

/** `2 Dec`; with the year where it is not this one. */
export function day(atMs: number, nowMs: number, zone: Zone = 'local'): string {
  const sameYear = written(atMs, zone, { year: 'numeric' }) === written(nowMs, zone, { year: 'numeric' })
  return written(
    atMs,
    zone,
    sameYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' },
  )
}

/** `2 Dec` whatever the year: for axes and ranges whose year stands elsewhere. */
export function shortDay(atMs: number, zone: Zone = 'local'): string {
  return written(atMs, zone, { day: 'numeric', month: 'short' })
}

/** `14:16`. */
export function clock(atMs: number, zone: Zone = 'local'): string {
  return written(atMs, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

/** `2 Dec 14:16`. */
export function dayAndClock(atMs: number, nowMs: number, zone: Zone = 'local'): string {
  return `${day(atMs, nowMs, zone)} ${clock(atMs, zone)}`
}

/** The full time for a tooltip: `2 December 2026 14:16:07 CET`. */
export function fullTime(atMs: number, zone: Zone = 'local'): string {
  return written(atMs, zone, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
}

/** How long ago: `now`, `40 s`, `12 min`, `5 h` up to a day, then `2 Dec`. */
export function ago(atMs: number, nowMs: number, zone: Zone = 'local'): string {
  const passed = nowMs - atMs
  if (passed < -MINUTE || passed >= DAY) return day(atMs, nowMs, zone)
  if (passed < 5 * SECOND) return 'now'
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)} s`
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min`
  return `${Math.floor(passed / HOUR)} h`
}

/** A length of time: `31 µs`, `6.1 ms`, `4.2 s`, `38 min`, `1 h 12`, `3 d 4 h`. */
export function duration(lengthMs: number | null | undefined): string {
  if (lengthMs === null || lengthMs === undefined) return '·'
  if (lengthMs === 0) return '0 ms'
  if (lengthMs < 1) return `${Math.max(1, Math.round(lengthMs * 1000))} µs`
  if (lengthMs < SECOND) return `${short(lengthMs)} ms`
  if (lengthMs < MINUTE) return `${short(lengthMs / SECOND)} s`
  if (lengthMs < HOUR) return `${Math.round(lengthMs / MINUTE)} min`
  return lengthMs < DAY ? hoursAndMinutes(lengthMs) : daysAndHours(lengthMs)
}

/** One decimal below ten. */
function short(value: number): string {
  return String(value < 10 ? Number(value.toFixed(1)) : Math.round(value))
}

function daysAndHours(lengthMs: number): string {
  const days = Math.floor(lengthMs / DAY)
  const hours = Math.round((lengthMs - days * DAY) / HOUR)
  return hours === 0 || days > 9 ? `${days} d` : `${days} d ${hours} h`
}

function hoursAndMinutes(lengthMs: number): string {
  const minutes = Math.round(lengthMs / MINUTE)
  const rest = minutes % 60
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${String(rest).padStart(2, '0')}`
}

/** A range of days, shortest form: `2 – 4 Dec`, `28 Nov – 4 Dec`. */
export function dayRange(fromMs: number, toMs: number, zone: Zone = 'local'): string {
  const from = shortDay(fromMs, zone)
  const to = shortDay(toMs, zone)
  if (from === to) return from
  const [dayFrom = '', monthFrom = ''] = from.split(' ')
  return monthFrom === to.split(' ')[1] ? `${dayFrom} – ${to}` : `${from} – ${to}`
}
