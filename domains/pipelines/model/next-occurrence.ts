import { Cron } from 'croner'
import { problem } from '../contract.ts'

/**
 * When a cron expression is due next after `afterMs`, by the clocks of `timeZone`; null when never again. A time that
 * a clock change skips is due at the change; one that it repeats is due once. Throws `pipelines/bad-schedule`.
 */
export function nextOccurrenceMs(cron: string, timeZone: string, afterMs: number): number | null {
  return parse(cron, timeZone).nextRun(new Date(afterMs))?.getTime() ?? null
}

/** The latest time at which it was due in (afterMs, untilMs]; null when it was not. */
export function latestOccurrenceMs(cron: string, timeZone: string, afterMs: number, untilMs: number): number | null {
  const [latest] = parse(cron, timeZone).previousRuns(1, new Date(untilMs + 1))
  const latestMs = latest?.getTime()
  return latestMs !== undefined && latestMs > afterMs ? latestMs : null
}

function parse(cron: string, timeZone: string): Cron {
  try {
    const parsed = new Cron(cron, { timezone: timeZone, paused: true })
    // An unknown time zone shows only when it is used.
    parsed.nextRun(new Date(0))
    return parsed
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^CronPattern: /, '').replace(/\.$/, '') : String(error)
    throw problem['bad-schedule']({ reason: `${cron} in ${timeZone}: ${reason}` }, error)
  }
}
