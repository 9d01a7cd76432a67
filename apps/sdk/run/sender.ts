import type { Api } from '../http/api.ts'
import { pause, pauseMs } from '../http/pauses.ts'
import type { Warn } from '../spool/deliver.ts'
import { deliver } from '../spool/deliver.ts'
import type { Spool, SpooledRequest } from '../spool/spool.ts'
import { sendSome } from '../spool/sync-spools.ts'

/** So many requests may wait in memory, about 100 kB each; what is more goes to the spool. */
const mostInMemory = 64

/**
 * Sends the requests of one run in order, in the background. While the server is away, or slower than the run, they
 * wait in the spool; nothing is dropped but what the server refuses for good. Requests are in the spool first, then in
 * memory: what moves to the spool while it is being sent may be sent twice, which changes nothing.
 */
export class Sender {
  readonly #api: Api
  readonly #spool: Spool
  readonly #warn: Warn
  readonly #after: Promise<unknown>
  #waiting: SpooledRequest[] = []
  #spooled = 0
  #saving: Promise<void> = Promise.resolve()
  #running: Promise<void> | undefined
  #wake = () => {}
  #stopped = false
  #begin = () => {}
  /** Resolves when the first request was delivered, or nothing more is sent. */
  readonly begun: Promise<void> = new Promise((resolve) => (this.#begin = resolve))

  /** Nothing is sent before `after`: a parent's run has to be there before those that are part of it. */
  constructor(of: { api: Api; spool: Spool; warn: Warn; after?: Promise<unknown> | undefined }) {
    this.#api = of.api
    this.#spool = of.spool
    this.#warn = of.warn
    this.#after = of.after ?? Promise.resolve()
  }

  /** Takes a request; never waits, never throws. */
  add(request: SpooledRequest): void {
    this.#waiting.push(request)
    if (this.#spooled > 0 || this.#waiting.length > mostInMemory) this.save()
    void this.#start()
  }

  /** Requests that are not delivered yet. */
  get pending(): number {
    return this.#waiting.length + this.#spooled
  }

  /** Resolves when all was delivered, or after `deadlineMs`; true when all was. What is left lies in the spool. */
  async flush(deadlineMs: number, signal?: AbortSignal): Promise<boolean> {
    const endAt = Date.now() + deadlineMs
    this.#wake()
    while (this.pending > 0 && Date.now() < endAt) {
      const running = this.#start()
      await Promise.race([running, pause(Math.min(50, Math.max(1, endAt - Date.now())), { signal })])
    }
    if (this.pending > 0) this.save()
    await this.#saving
    return this.pending === 0
  }

  /** Sends nothing more; what waits is kept in the spool for later. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    this.save()
    await this.#saving
    this.#begin()
    // A request that is on its way is in the spool, too.
    await Promise.race([this.#running, pause(500)])
    await this.#spool.close()
  }

  /** Moves what waits in memory to the spool: at once where the spool can, or where `isLast` says that the end is here. */
  save(isLast = false): void {
    const moved = this.#waiting
    if (moved.length === 0 && !isLast) return
    this.#waiting = []
    this.#spooled += moved.length
    const failed = (error: unknown) => {
      this.#spooled -= moved.length
      this.#waiting = [...moved, ...this.#waiting]
      this.#warn(
        'sdk/spool',
        `What waits for Millrace is kept in memory, because the spool takes nothing: ${String(error)}`,
      )
    }
    try {
      const saved = this.#spool.append(moved, isLast)
      if (saved !== undefined) this.#saving = Promise.all([this.#saving, saved]).then(() => {}, failed)
    } catch (error) {
      failed(error)
    }
  }

  #start(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#warn('sdk/sender', `Sending to Millrace failed: ${String(error)}`))
      .finally(() => (this.#running = undefined))
    return this.#running
  }

  async #run(): Promise<void> {
    await Promise.race([this.#after, this.begun])
    for (let failures = 0; this.pending > 0 && !this.#stopped;) {
      if (await this.#sendNext()) {
        failures = 0
        this.#begin()
        continue
      }
      failures += 1
      if (this.#spooled === 0) this.save()
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      await Promise.race([pause(pauseMs(failures), { background: true }), woken])
    }
  }

  /** Sends the oldest requests; false when the server was not there to take them. */
  async #sendNext(): Promise<boolean> {
    if (this.#spooled > 0) return this.#sendFromSpool()
    const [oldest] = this.#waiting
    if (oldest === undefined) return true
    if (!(await deliver(this.#api, oldest, this.#warn))) return false
    if (this.#waiting[0] === oldest) this.#waiting.shift()
    return true
  }

  async #sendFromSpool(): Promise<boolean> {
    try {
      await this.#saving
      const { delivered, left } = await sendSome(this.#api, this.#spool, this.#warn)
      // Nothing there although something was: somebody emptied the folder.
      this.#spooled = delivered === 0 && !left ? 0 : Math.max(0, this.#spooled - delivered)
      return !left
    } catch (error) {
      this.#warn('sdk/spool', `What waits for Millrace cannot be read from the spool: ${String(error)}`)
      return false
    }
  }
}
