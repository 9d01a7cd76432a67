import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** Frames (of 4 KiB) in the log from which on it is copied into the database. */
const framesToCopy = 4000
/** From here on the writer itself copies the rest, so that the log can begin again from its start. */
const framesToFinish = 4 * framesToCopy
/** The log's length is asked for once in so many commits. */
const commitsBetween = 32

/** Keeps the write-ahead log short from a thread of its own, which starts when there is first enough to copy. */
export class Checkpoints {
  readonly #path: string
  readonly #writer: DatabaseSync
  #thread: Worker | undefined
  #copying = false
  #commits = 0

  constructor(path: string, writer: DatabaseSync) {
    this.#path = path
    this.#writer = writer
  }

  /** To be called between transactions of the writer. */
  committed(): void {
    this.#commits += 1
    if (this.#copying || this.#commits % commitsBetween !== 0) return
    const frames = framesIn(this.#writer, 'noop')
    if (frames < framesToCopy) return
    this.#copying = true
    this.#thread ??= this.#start()
    this.#thread.postMessage('copy')
  }

  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #start(): Worker {
    const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: this.#path })
    thread.unref()
    thread.on('message', () => this.#copied())
    // A thread that failed is started anew by the next commits; until then the log only grows.
    thread.on('error', () => {
      this.#thread = undefined
      this.#copying = false
    })
    return thread
  }

  #copied(): void {
    this.#copying = false
    // Under a load that never rests the log would grow for ever: what came meanwhile is short, so it is copied here.
    if (this.#writer.isOpen && !this.#writer.isTransaction && framesIn(this.#writer, 'noop') > framesToFinish) {
      framesIn(this.#writer, 'passive')
    }
  }
}

/** The number of frames in the log after a checkpoint of that kind; `noop` copies nothing. */
function framesIn(writer: DatabaseSync, kind: 'noop' | 'passive'): number {
  const row = writer.prepare(`pragma wal_checkpoint(${kind})`).get()
  return typeof row?.['log'] === 'number' ? row['log'] : 0
}
