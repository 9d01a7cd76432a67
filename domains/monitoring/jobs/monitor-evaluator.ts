import type { CallContext } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { everyMonitor } from '../store/monitor-rows.ts'
import type { Evaluation } from './evaluate-monitor.ts'
import { evaluateMonitor } from './evaluate-monitor.ts'
import type { MonitoringTools } from './monitoring-tools.ts'

/** A monitor whose evaluation fails is tried again after this long. */
const afterFailureMs = 60_000
/** The chore works on one monitor at most a tenth of the time. */
const restFactor = 10
/** Even when nobody said so: labels may have come through another process. */
const longestRestMs = 60_000

interface Turn {
  readonly notBeforeMs: number
  readonly watermarkMs: number | undefined
  /** How often ground truth had come to its workspace. */
  readonly arrivals: number
}

/** Evaluates monitors: when asked, and by a chore where something moved; one monitor at a time for each. */
export class MonitorEvaluator {
  readonly #tools: MonitoringTools
  readonly #lastSeen = new Map<string, string>()
  readonly #running = new Map<string, Promise<unknown>>()
  readonly #turns = new Map<string, Turn>()
  /** How often ground truth came, by workspace. */
  readonly #arrivals = new Map<string, number>()
  #stopped = false

  constructor(tools: MonitoringTools) {
    this.#tools = tools
  }

  /** Measures what is due. Waits for an evaluation of the same monitor that is under way. */
  async evaluate(context: CallContext, input: { name: string; untilMs?: number | undefined }): Promise<Evaluation> {
    const key = `${context.workspace}/${input.name}`
    const before = this.#running.get(key) ?? Promise.resolve()
    const work = before.catch(() => {}).then(() => evaluateMonitor(this.#tools, context, input, this.#lastSeen))
    this.#running.set(key, work)
    try {
      return await work
    } finally {
      if (this.#running.get(key) === work) this.#running.delete(key)
    }
  }

  /** Says that ground truth came to a workspace. */
  labelsCame(workspace: string): void {
    this.#arrivals.set(workspace, this.#arrivalsIn(workspace) + 1)
  }

  /** One round of the chore: every monitor whose endpoint's watermark or labels moved, as often as its spec says. */
  async round(): Promise<void> {
    const { runtime } = this.#tools
    for (const { workspace, name, spec } of await everyMonitor(runtime.database.reader)) {
      if (this.#stopped) return
      await this.#turn({ workspace, actor: systemActor('monitoring') }, { name, ...spec })
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.allSettled(this.#running.values())
    await this.#tools.thread.close()
  }

  async #turn(
    context: CallContext,
    monitor: { readonly name: string; readonly endpoint: string; readonly everyMs: number },
  ): Promise<void> {
    const { runtime, predictions } = this.#tools
    const key = `${context.workspace}/${monitor.name}`
    const turn = this.#turns.get(key)
    const startMs = runtime.nowMs()
    const arrivals = this.#arrivalsIn(context.workspace)
    if (turn !== undefined && startMs < turn.notBeforeMs) return
    try {
      const watermarkMs = await predictions.watermark(monitor.endpoint, context)
      const longAgo = turn === undefined || startMs - turn.notBeforeMs > longestRestMs
      if (!longAgo && arrivals === turn.arrivals && watermarkMs === turn.watermarkMs) return
      await this.evaluate(context, { name: monitor.name })
      const tookMs = runtime.nowMs() - startMs
      const notBeforeMs = runtime.nowMs() + Math.max(monitor.everyMs, restFactor * tookMs)
      this.#turns.set(key, { notBeforeMs, watermarkMs, arrivals })
    } catch (error) {
      runtime.log.warn({ err: error, monitor: monitor.name }, 'a monitor could not be evaluated; it is tried again')
      this.#turns.set(key, { notBeforeMs: startMs + afterFailureMs, watermarkMs: undefined, arrivals })
    }
  }

  #arrivalsIn(workspace: string): number {
    return this.#arrivals.get(workspace) ?? 0
  }
}
