import type { Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { fireSchedule } from '../actions/fire-schedule.ts'
import { scheduleChanged } from '../contract.ts'
import { schedulesOfAll } from '../store/declared.ts'

/** Never sleeps longer than this: another server may have declared a schedule, or the machine's clock may jump. */
const longestSleepMs = 15_000

/** Fires schedules at their times. Several servers may each have one: the action lets the first win. */
export interface ScheduleClock {
  start(): void
  stop(): void
  /** Fires what is due now; says how many runs that started. */
  fireDue(): Promise<number>
}

/** Makes the clock. */
export function createScheduleClock(runtime: Runtime): ScheduleClock {
  let timer: NodeJS.Timeout | undefined
  let running = false
  let unlisten = () => {}
  const fireDue = async () => {
    let started = 0
    for (const { workspace, name, next_at_ms: dueAtMs } of await schedulesOfAll(runtime.database.reader).due(
      runtime.nowMs(),
    )) {
      if (dueAtMs === null) continue
      const context = { workspace, actor: systemActor('schedules') }
      const fired = await runtime.runner.act(fireSchedule, { name, dueAtMs }, context).catch((error: unknown) => {
        runtime.log.error({ err: error, schedule: name }, 'a schedule could not start its run; it is tried again')
        return { started: false }
      })
      if (fired.started) started += 1
    }
    return started
  }
  const sleep = async () => {
    const next = await schedulesOfAll(runtime.database.reader).next()
    const untilMs = next?.next_at_ms ?? Number.MAX_SAFE_INTEGER
    if (!running) return
    clearTimeout(timer)
    timer = setTimeout(() => void round(), Math.min(longestSleepMs, Math.max(50, untilMs - runtime.nowMs()))).unref()
  }
  const round = async () => {
    await fireDue().catch((error: unknown) => runtime.log.error({ err: error }, 'schedules could not be read'))
    await sleep().catch(() => {})
  }
  return {
    fireDue,
    start: () => {
      running = true
      unlisten = runtime.hub.listen((message) => {
        if (message.kind === 'event' && message.event.name === scheduleChanged.eventName) void sleep().catch(() => {})
      })
      void round()
    },
    stop: () => {
      running = false
      unlisten()
      clearTimeout(timer)
    },
  }
}
