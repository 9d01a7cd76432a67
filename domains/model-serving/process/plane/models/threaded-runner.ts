import { Worker } from 'node:worker_threads'
import type { ModelRunner } from '../../../model/model-runner.ts'
import type { ModelSource } from '../../../model/model-source.ts'
import type { Signature, Tensor } from '../../../model/tensor.ts'
import { planeProblem } from '../plane-problems.ts'
import type { FromThread, ThreadTask, ToThread } from './model-thread.ts'

/** A model in a thread of its own, and how long one row takes there. */
export interface ThreadedRunner {
  readonly runner: ModelRunner
  readonly runUs: number
}

interface Waiting {
  readonly resolve: (outputs: readonly Tensor[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** A run that takes longer counts as hung: its thread is ended and the next run starts another. */
const longestRunMs = 60_000

/** Loads a model in a thread. Rejects with the runtime's sentence when it cannot be loaded. */
export async function startThreadedRunner(
  entry: URL,
  source: ModelSource,
  runTimeoutMs = longestRunMs,
): Promise<ThreadedRunner> {
  let thread = new ModelThread(entry, source, runTimeoutMs)
  const { signature, platform, runUs } = await thread.loaded
  const run = (inputs: readonly Tensor[]) => {
    if (thread.ended) thread = new ModelThread(entry, source, runTimeoutMs)
    return thread.run(inputs)
  }
  return { runUs, runner: { signature, platform, run, close: () => thread.close() } }
}

interface LoadedInThread {
  readonly signature: Signature
  readonly platform: string
  readonly runUs: number
}

class ModelThread {
  readonly loaded: Promise<LoadedInThread>
  ended = false
  readonly #worker: Worker
  readonly #runTimeoutMs: number
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1

  constructor(entry: URL, source: ModelSource, runTimeoutMs: number) {
    const task: ThreadTask = { source }
    this.#runTimeoutMs = runTimeoutMs
    this.#worker = new Worker(entry, { workerData: task, name: 'model' })
    const loaded = Promise.withResolvers<LoadedInThread>()
    this.loaded = loaded.promise
    this.loaded.catch(() => {}) // a thread that was started again says it to its runs
    this.#worker.on('message', (message: FromThread) => {
      if (message.kind === 'loaded') loaded.resolve(message)
      else if (message.kind === 'unloadable') loaded.reject(new Error(message.reason))
      else this.#settle(message)
    })
    this.#worker.on('error', (error: Error) => {
      loaded.reject(error)
      this.#end(error)
    })
    this.#worker.on('exit', () => {
      loaded.reject(new Error('the thread ended while the model was loading'))
      this.#end(planeProblem['model-gone']({}))
    })
  }

  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    await this.loaded
    return new Promise((resolve, reject) => {
      const id = this.#nextId
      this.#nextId += 1
      const timer = setTimeout(() => this.#hung(), this.#runTimeoutMs).unref()
      this.#waiting.set(id, { resolve, reject, timer })
      this.#send({ kind: 'run', id, inputs })
    })
  }

  async close(): Promise<void> {
    if (this.ended) return
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#send({ kind: 'close' })
    await exited
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #settle(message: Extract<FromThread, { id: number }>): void {
    const found = this.#waiting.get(message.id)
    if (found === undefined) return
    this.#waiting.delete(message.id)
    clearTimeout(found.timer)
    if (message.kind === 'ran') found.resolve(message.outputs)
    else found.reject(new Error(message.reason))
  }

  #hung(): void {
    this.#end(planeProblem['model-hung']({ seconds: this.#runTimeoutMs / 1000 }))
    void this.#worker.terminate()
  }

  #end(error: Error): void {
    this.ended = true
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#waiting.clear()
  }
}
