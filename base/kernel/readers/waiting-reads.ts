import type { ReadOptions } from './readers.ts'
import { readerProblem } from './reader-problems.ts'

/** A read from the moment it was asked for until its answer, its deadline or its client's leaving. */
export class WaitingRead {
  readonly promise: Promise<unknown>
  readonly id: number
  readonly module: string
  readonly name: string
  readonly input: unknown
  readonly #settle: { resolve: (answer: unknown) => void; reject: (error: unknown) => void }
  readonly #stopWatching: () => void
  /** Whoever runs it says here what to do when nobody waits any more. */
  onCancel: () => void = () => undefined
  settled = false

  constructor(id: number, task: { module: URL; name: string }, input: unknown, options: ReadOptions) {
    this.id = id
    this.module = task.module.href
    this.name = task.name
    this.input = input
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.promise = promise
    this.#settle = { resolve, reject }
    const { signal, deadlineMs = 30_000 } = options
    const timer = setTimeout(
      () => this.#cancel(readerProblem['too-slow']({ seconds: Math.round(deadlineMs / 1000) })),
      deadlineMs,
    ).unref()
    const left = () => this.#cancel(readerProblem.cancelled({}))
    signal?.addEventListener('abort', left, { once: true })
    this.#stopWatching = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', left)
    }
    if (signal?.aborted === true) left()
  }

  resolve(answer: unknown): void {
    if (this.#finish()) this.#settle.resolve(answer)
  }

  reject(error: unknown): void {
    if (this.#finish()) this.#settle.reject(error)
  }

  #cancel(reason: Error): void {
    if (this.settled) return
    this.reject(reason)
    this.onCancel()
  }

  #finish(): boolean {
    if (this.settled) return false
    this.settled = true
    this.#stopWatching()
    return true
  }
}

/** The reads that no one runs yet, oldest first; what was cancelled meanwhile is left out. */
export class ReadQueue {
  #reads: WaitingRead[] = []
  #nextId = 1
  readonly #limit: number
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Throws `readers/busy` when too many wait. */
  add(task: { module: URL; name: string }, input: unknown, options: ReadOptions): WaitingRead {
    this.#reads = this.#reads.filter((read) => !read.settled)
    if (this.#reads.length >= this.#limit) throw readerProblem.busy({ waiting: this.#reads.length })
    const read = new WaitingRead(this.#nextId, task, input, options)
    this.#nextId = (this.#nextId % 0x7fffffff) + 1
    this.#reads.push(read)
    return read
  }

  next(): WaitingRead | undefined {
    for (;;) {
      const read = this.#reads.shift()
      if (read === undefined || !read.settled) return read
    }
  }

  isWaiting(): boolean {
    return this.#reads.some((read) => !read.settled)
  }

  rejectAll(error: Error): void {
    for (const read of this.#reads.splice(0)) read.reject(error)
  }
}
