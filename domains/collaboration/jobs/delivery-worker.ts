import type { Runtime } from '@millrace/kernel'
import type { Attempt } from '../model/delivery.ts'
import { backOffMs } from '../model/delivery.ts'
import { ChannelSpec } from '../model/notification.ts'
import type { Message } from '../model/notification.ts'
import { storeOf } from '../store/collaboration.ts'
import type { TakenDelivery } from '../store/due-deliveries.ts'
import { anyDue, releaseTaken, settle, takeDue } from '../store/due-deliveries.ts'
import type { Messenger } from './messenger.ts'
import type { WebhookFormat } from './webhook-format.ts'

export interface WorkerDeps {
  readonly runtime: Runtime
  readonly messenger: Messenger
  readonly formats: Readonly<Record<string, WebhookFormat>>
}

const atOnce = 10
const pollMs = 1000
const gone: Attempt = { delivered: false, again: false, status: null, error: 'Its receiver was deleted.' }

/** Sends what is due, ten at once, each at least once; woken by new deliveries, and looking once a second. */
export class DeliveryWorker {
  readonly #deps: WorkerDeps
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #wokenAgain = false
  #stopped = false

  constructor(deps: WorkerDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    const { database } = this.#deps.runtime
    if (database.dialect === 'sqlite') await releaseTaken(database)
    this.#timer = setInterval(() => this.wake(), pollMs).unref()
    this.wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#round
  }

  /** Looks for what is due now. */
  wake(): void {
    if (this.#stopped) return
    this.#wokenAgain = true
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined
    })
  }

  /** Resolves when nothing is due. */
  async idle(): Promise<void> {
    this.wake()
    while (this.#round !== undefined) await this.#round
  }

  async #rounds(): Promise<void> {
    while (this.#wokenAgain && !this.#stopped) {
      this.#wokenAgain = false
      try {
        while (!this.#stopped && (await sendDue(this.#deps)) > 0);
      } catch (error) {
        this.#deps.runtime.log.error({ err: error }, 'deliveries could not be read; they are tried again in a second')
      }
    }
  }
}

async function sendDue(deps: WorkerDeps): Promise<number> {
  const { database, nowMs } = deps.runtime
  if (!(await anyDue(database, nowMs()))) return 0
  const taken = await takeDue(database, nowMs(), atOnce)
  await Promise.all(taken.map((delivery) => sendOne(deps, delivery)))
  return taken.length
}

async function sendOne(deps: WorkerDeps, delivery: TakenDelivery): Promise<void> {
  const { database, nowMs, random, config, log } = deps.runtime
  const attempt = await attemptAt(deps, delivery).catch((error: unknown): Attempt => {
    // A secret that no key opens, for one: worth another attempt, since a person may bring the key back.
    return {
      delivered: false,
      again: true,
      status: null,
      error: error instanceof Error ? error.message : String(error),
    }
  })
  const again = attempt.again && !attempt.delivered && delivery.attempts <= config.webhookRetries
  const waitMs = backOffMs(delivery.attempts, random(), attempt.retryAfterSeconds)
  await settle(database, delivery.id, attempt, { nowMs: nowMs(), againAtMs: again ? nowMs() + waitMs : null })
  if (attempt.delivered) return
  const { id, target, event, attempts } = delivery
  log.warn({ delivery: id, target, event, attempts, again, reason: attempt.error }, 'a notification was not delivered')
}

async function attemptAt({ runtime, messenger, formats }: WorkerDeps, delivery: TakenDelivery): Promise<Attempt> {
  const { target, workspace, id, body } = delivery
  const store = storeOf(runtime.database.reader, workspace)
  if (target.kind === 'webhook') {
    const found = await store.webhooks.find(target.id)
    const format = formats[found?.webhook.format ?? '']
    if (found === undefined || format === undefined) return gone
    const secret = found.sealedSecret === null ? undefined : messenger.secrets.open(found.sealedSecret)
    return messenger.postWebhook({ url: found.webhook.url, format, id, body, secret })
  }
  const found = await store.channels.find(target.id)
  if (found === undefined) return gone
  const spec = ChannelSpec.parse(JSON.parse(messenger.secrets.open(found.sealedSpec)))
  return messenger.tellChannel(spec, id, JSON.parse(body) as Message, workspace) // written by `messageDelivery`
}
