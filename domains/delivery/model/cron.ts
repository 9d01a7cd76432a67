import { Cron } from 'croner'
import type { z } from 'zod'
import type { CronTrigger } from '../contract.ts'
import { problem } from '../contract.ts'

type Schedule = z.output<typeof CronTrigger>

/** When a cron expression is due next after `afterMs`, by its zone's clocks; null when never again. Throws `delivery/bad-cron`. */
export function nextRunMs({ cron, timeZone }: Schedule, afterMs: number): number | null {
  try {
    const parsed = new Cron(cron, { timezone: timeZone, paused: true })
    return parsed.nextRun(new Date(afterMs))?.getTime() ?? null
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^CronPattern: /, '').replace(/\.$/, '') : String(error)
    throw problem['bad-cron']({ cron, reason: `${reason} (in ${timeZone})` }, error)
  }
}

/** True when a cron expression was due in (afterMs, nowMs]. What became due several times while nobody looked counts once. */
export function wasDue(schedule: Schedule, afterMs: number, nowMs: number): boolean {
  const dueMs = nextRunMs(schedule, afterMs)
  return dueMs !== null && dueMs <= nowMs
}
