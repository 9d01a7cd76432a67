import { Worker } from 'node:worker_threads'
import { readerProblem } from './reader-problems.ts'
import type { Readers } from './readers.ts'
import type { ThreadReply, ThreadRequest } from './thread-messages.ts'
import { receiveError } from './thread-messages.ts'
import type { WaitingRead } from './waiting-reads.ts'
import { ReadQueue } from './waiting-reads.ts'

/** A thread that does not heed a cancelled read within this time is ended: it may be stuck in a regular expression. */
const patienceMs = 1000

interface ThreadReadersOptions {
  readonly file: string
  readonly threads: number
  readonly idleMs: number
  readonly waiting: number
}

/** Readers on threads of their own, each started when it is needed and ended when it was idle. */
export function createThreadReaders(options: ThreadReadersOptions): Readers {
  const queue = new ReadQueue(options.waiting)
  const threads = new Set<ReaderThread>()
  let closed = false
  const pump = () => {
    while (queue.isWaiting()) {
      const free = [...threads].find((thread) => thread.isFree) ?? startOne()
      const read = free === undefined ? undefined : queue.next()
      if (free === undefined || read === undefined) return
      free.run(read)
    }
  }
  const startOne = () => {
    if (threads.size >= options.threads) return undefined
    const thread = new ReaderThread(options, pump, () => {
      threads.delete(thread)
      pump()
    })
    threads.add(thread)
    return thread
  }
  return {
    read: async (task, input, readOptions = {}) => {
      if (closed) throw readerProblem.stopped({})
      const read = queue.add(task, input, readOptions)
      pump()
      return read.promise as Promise<never> // the task's own promise, kept by `readTask`
    },
    close: async () => {
      closed = true
      queue.rejectAll(readerProblem.stopped({}))
      await Promise.all([...threads].map((thread) => thread.end()))
    },
  }
}

class ReaderThread {
  readonly #worker: Worker
  readonly #cancelled: Int32Array
  readonly #options: ThreadReadersOptions
  readonly #onFree: () => void
  #current: WaitingRead | undefined
  #idle: NodeJS.Timeout | undefined
  #ended = false

  constructor(options: ThreadReadersOptions, onFree: () => void, onEnd: () => void) {
    this.#options = options
    this.#onFree = onFree
    const cancelled = new SharedArrayBuffer(4)
    this.#cancelled = new Int32Array(cancelled)
    this.#worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
      workerData: { file: options.file, cancelled },
      name: 'reader',
    })
    // A server that has nothing else to do may end; `close` waits for the thread itself.
    this.#worker.unref()
    let fault: unknown
    this.#worker.on('message', (reply: ThreadReply) => this.#settle(reply))
    this.#worker.once('error', (error) => {
      fault = error
    })
    this.#worker.once('exit', () => {
      this.#ended = true
      clearTimeout(this.#idle)
      this.#current?.reject(readerProblem.stopped({}, fault))
      onEnd()
    })
  }

  get isFree(): boolean {
    return this.#current === undefined && !this.#ended
  }

  run(read: WaitingRead): void {
    clearTimeout(this.#idle)
    this.#current = read
    read.onCancel = () => this.#giveUp(read)
    const { id, module, name, input } = read
    const request: ThreadRequest = { id, module, name, input }
    this.#worker.ref()
    this.#worker.postMessage(request)
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle)
    this.#ended = true
    this.#current?.reject(readerProblem.stopped({}))
    await this.#worker.terminate()
  }

  #settle(reply: ThreadReply): void {
    const read = this.#current
    if (read?.id !== reply.id) return
    this.#current = undefined
    this.#worker.unref()
    if ('error' in reply) read.reject(receiveError(reply.error))
    else read.resolve(reply.answer)
    this.#idle = setTimeout(() => void this.end(), this.#options.idleMs).unref()
    this.#onFree()
  }

  #giveUp(read: WaitingRead): void {
    Atomics.store(this.#cancelled, 0, read.id)
    setTimeout(() => {
      if (this.#current === read && !this.#ended) void this.end()
    }, patienceMs).unref()
  }
}
