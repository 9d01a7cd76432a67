import type { Logger } from 'pino'
import type { Database } from '../db/db.ts'
import type { StoredEvent } from './append.ts'
import type { EventHub } from './hub.ts'
import type { TakenDelivery } from './outbox.ts'
import { releaseAllLeases, settleDeliveries, takeDeliveries } from './outbox.ts'

/** Handles one event. It may be called more than once for the same event, so it must be idempotent by `event.id`. */
export type EventHandler = (event: StoredEvent) => Promise<void>

export interface DispatcherDeps {
  readonly database: Database
  readonly hub: EventHub
  readonly handlers: ReadonlyMap<string, EventHandler>
  readonly nowMs: () => number
  readonly random: () => number
  readonly log: Logger
}

/** Delivers the outbox to this process's handlers. */
export interface Dispatcher {
  start(): Promise<void>
  /** Waits for what is being handled, takes nothing more. */
  stop(): Promise<void>
  /** Resolves when nothing is due (used by tests and by drain). */
  idle(): Promise<void>
}

const pollMs = 1000
const batchSize = 64

/** Makes the dispatcher: woken by each commit, polling once a second for what was due later or came from another process. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  return new OutboxDispatcher(deps)
}

class OutboxDispatcher implements Dispatcher {
  readonly #deps: DispatcherDeps
  #state: 'stopped' | 'running' = 'stopped'
  #pass: Promise<void> | undefined
  #wokenAgain = false
  #timer: NodeJS.Timeout | undefined
  #unlisten = () => {}

  constructor(deps: DispatcherDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    if (this.#deps.database.dialect === 'sqlite') await releaseAllLeases(this.#deps.database)
    this.#state = 'running'
    this.#unlisten = this.#deps.hub.listen((message) => {
      if (message.kind === 'event') this.#wake()
    })
    this.#timer = setInterval(() => this.#wake(), pollMs)
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#unlisten()
    clearInterval(this.#timer)
    await this.#pass
  }

  async idle(): Promise<void> {
    this.#wake()
    while (this.#pass !== undefined) await this.#pass
  }

  #wake(): void {
    if (this.#state === 'stopped') return
    this.#wokenAgain = true
    this.#pass ??= this.#runPasses()
  }

  async #runPasses(): Promise<void> {
    while (this.#wokenAgain && this.#state === 'running') {
      this.#wokenAgain = false
      await this.#deliverAll()
    }
    this.#pass = undefined
  }

  async #deliverAll(): Promise<void> {
    try {
      while (this.#state === 'running' && (await deliverBatch(this.#deps)) > 0);
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the outbox could not be read; it is tried again in a second')
    }
  }
}

async function deliverBatch(deps: DispatcherDeps): Promise<number> {
  const taken = await takeDeliveries(deps.database, deps.nowMs(), batchSize)
  if (taken.length === 0) return 0
  const handled: TakenDelivery[] = []
  const failed: { delivery: TakenDelivery; error: string; againAtMs: number }[] = []
  await Promise.all(
    taken.map(async (delivery) => {
      const error = await handleOne(deps, delivery)
      if (error === undefined) handled.push(delivery)
      else failed.push({ delivery, error, againAtMs: deps.nowMs() + backOffMs(delivery.attempts, deps.random()) })
    }),
  )
  await settleDeliveries(deps.database, handled, failed)
  return taken.length
}

async function handleOne(deps: DispatcherDeps, delivery: TakenDelivery): Promise<string | undefined> {
  const { subscriber, event, attempts } = delivery
  try {
    const handler = deps.handlers.get(subscriber)
    if (handler === undefined) throw new Error(`No handler is called ${subscriber} any more.`)
    await handler(event)
    return undefined
  } catch (error) {
    deps.log.warn({ err: error, subscriber, event: event.name, eventId: event.id, attempts }, 'a delivery failed')
    return error instanceof Error ? error.message : String(error)
  }
}

/** Exponential back-off from 100 ms to one minute, with jitter between half and the whole of it. */
export function backOffMs(attempts: number, random: number): number {
  return Math.round(Math.min(60_000, 100 * 2 ** (attempts - 1)) * (0.5 + random / 2))
}
