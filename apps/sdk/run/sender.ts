import type { Api } from '../http/api.ts'
import { pause, pauseMs } from '../http/api.ts'
import { MillraceError } from '../http/millrace-error.ts'
import type { Spool, SpooledRequest } from '../spool/spool.ts'

/** So many requests may wait in memory; what is more goes to the spool. */
const mostInMemory = 64
const sentAtOnce = 50

/** Told what could not be delivered: the server refused it for good. */
export type OnRefused = (error: MillraceError, request: SpooledRequest) => void

/**
 * Sends the requests of one run in order, in the background. While the server is away, or slower than the run, they
 * wait in the spool; nothing is dropped but what the server refuses for good.
 */
export class Sender {
  readonly #api: Api
  readonly #openSpool: () => Promise<Spool>
  readonly #onRefused: OnRefused
  #waiting: SpooledRequest[] = []
  #spool: Spool | undefined
  #spooled = 0
  #moving: Promise<void> = Promise.resolve()
  #running: Promise<void> | undefined
  #stopped = false

  constructor(api: Api, openSpool: () => Promise<Spool>, onRefused: OnRefused) {
    this.#api = api
    this.#openSpool = openSpool
    this.#onRefused = onRefused
  }

  /** Takes a request; never waits, never throws. */
  add(request: SpooledRequest): void {
    this.#waiting.push(request)
    if (this.#spooled > 0 || this.#waiting.length > mostInMemory) this.#moveToSpool()
    this.#running ??= this.#run()
  }

  /** Requests that are not delivered yet. */
  get pending(): number {
    return this.#waiting.length + this.#spooled
  }

  /** Resolves when all was delivered, or after `deadlineMs`; true when all was. What is left lies in the spool. */
  async flush(deadlineMs: number): Promise<boolean> {
    const endAt = Date.now() + deadlineMs
    while (this.pending > 0 && Date.now() < endAt) {
      this.#running ??= this.#run()
      await Promise.race([this.#running, pause(Math.min(100, Math.max(1, endAt - Date.now())))])
    }
    if (this.pending === 0) return true
    this.#moveToSpool()
    await this.#moving
    return false
  }

  /** Sends nothing more; what waits is kept in the spool for the next process. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#waiting.length > 0) this.#moveToSpool()
    await this.#moving
    await this.#spool?.close()
  }

  /** At the end of a process: writes what waits, without waiting. */
  saveNow(): void {
    if (this.#waiting.length === 0 || this.#spool?.appendNow === undefined) return
    this.#spool.appendNow(this.#waiting)
    this.#waiting = []
  }

  /** Opens the spool ahead, so that `saveNow` has one. */
  async prepare(): Promise<void> {
    this.#spool ??= await this.#openSpool()
  }

  #moveToSpool(): void {
    const moved = this.#waiting
    this.#waiting = []
    this.#spooled += moved.length
    this.#moving = this.#moving
      .then(async () => {
        await this.prepare()
        await this.#spool?.append(moved)
      })
      .catch(() => {
        // No room in the spool either: they stay in memory.
        this.#spooled -= moved.length
        this.#waiting = [...moved, ...this.#waiting]
      })
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.pending > 0 && !this.#stopped;) {
      const delivered = await this.#sendNext()
      failures = delivered ? 0 : failures + 1
      if (delivered) continue
      if (failures === 3 && this.#spooled === 0) this.#moveToSpool()
      await pause(pauseMs(failures))
    }
    this.#running = undefined
  }

  /** Sends the oldest requests; false when the server was not there to take them. */
  async #sendNext(): Promise<boolean> {
    if (this.#spooled > 0) {
      await this.#moving
      return this.#sendFromSpool()
    }
    const [oldest] = this.#waiting
    if (oldest === undefined) return true
    if (!(await this.#deliver(oldest))) return false
    if (this.#waiting[0] === oldest) this.#waiting.shift()
    return true
  }

  async #sendFromSpool(): Promise<boolean> {
    const requests = (await this.#spool?.peek(sentAtOnce)) ?? []
    if (requests.length === 0) this.#spooled = 0
    for (const [index, request] of requests.entries()) {
      if (await this.#deliver(request)) continue
      await this.#forget(index)
      return false
    }
    await this.#forget(requests.length)
    return true
  }

  async #forget(count: number): Promise<void> {
    if (count === 0) return
    await this.#spool?.drop(count)
    this.#spooled = Math.max(0, this.#spooled - count)
  }

  /** True when the server has it, or refused it for good. */
  async #deliver(request: SpooledRequest): Promise<boolean> {
    return deliver(this.#api, request, this.#onRefused)
  }
}

/** Sends one request; false when it is to be tried again later. A run that is there already was made by an earlier try. */
export async function deliver(api: Api, request: SpooledRequest, onRefused: OnRefused): Promise<boolean> {
  try {
    await api.request(request.method, request.path, { body: request.body, attempts: 1 })
    return true
  } catch (error) {
    const refused = error instanceof MillraceError ? error : new MillraceError('sdk/failed', 0, String(error))
    if (refused.code === 'experiment-tracking/run-exists') return true
    // Without a valid token nothing gets through, but with a new one it may.
    if (refused.isTemporary || refused.status === 401 || refused.status === 403) return false
    onRefused(refused, request)
    return true
  }
}
