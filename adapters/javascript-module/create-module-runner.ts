import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CreateRunner, ModelRunner, ModuleSource, Signature, Tensor } from '@millrace/model-serving/plane'
import type { FromModule, ToModule } from './module-messages.ts'
import { moduleProblem } from './module-problem.ts'

interface Waiting {
  readonly resolve: (outputs: readonly Tensor[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const runLimitMs = 60_000
const loadLimitMs = 60_000
const restartPauseMs = 200
/** A module's own waiting (for a file, another server) is no reason to queue. */
const atOnce = 8

/**
 * Loads a module that exports `signature` and `predict(inputs)` in a thread with an empty environment; a thread that hangs
 * or ends is started again. Rejects with `javascript-module/untrusted`, `javascript-module/unusable`.
 */
export const createModuleRunner: CreateRunner<ModuleSource> = async ({ path, trusted }): Promise<ModelRunner> => {
  if (!trusted) throw moduleProblem.untrusted({ name: basename(path) })
  const thread = new ModuleThread(path)
  const signature = await thread.start()
  return {
    signature,
    platform: 'javascript_module',
    parallel: atOnce,
    elsewhere: true,
    run: (inputs) => thread.run(inputs),
    close: () => thread.close(),
  }
}

class ModuleThread {
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 1
  #closed = false

  constructor(path: string) {
    this.#path = path
  }

  start(): Promise<Signature> {
    const worker = new Worker(new URL('./module-thread.ts', import.meta.url), {
      workerData: { path: this.#path },
      name: 'module',
      env: {},
    })
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(moduleProblem.unusable({ reason: `it was not loaded within ${loadLimitMs} ms` }))
        void worker.terminate()
      }, loadLimitMs)
      worker.on('message', (message: FromModule) => {
        if (message.kind === 'loaded') {
          clearTimeout(late)
          this.#worker = worker
          resolve(message.signature)
        } else if (message.kind === 'unusable') {
          reject(moduleProblem.unusable({ reason: message.reason.replace(/\.$/, '') }))
          void worker.terminate()
        } else this.#settle(message)
      })
      worker.on('error', (error: Error) => reject(moduleProblem.unusable({ reason: error.message })))
      worker.once('exit', () => {
        clearTimeout(late)
        reject(moduleProblem.unusable({ reason: 'its thread ended' }))
        this.#ended(worker)
      })
    })
  }

  run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    const worker = this.#worker
    if (worker === undefined) return Promise.reject(moduleProblem['not-running']({}))
    return new Promise((resolve, reject) => {
      const id = this.#nextId
      this.#nextId += 1
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(moduleProblem['timed-out']({ limitMs: runLimitMs }))
        void worker.terminate()
      }, runLimitMs)
      this.#waiting.set(id, { resolve, reject, timer })
      const message: ToModule = { id, inputs }
      worker.postMessage(message)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #settle(message: Extract<FromModule, { id: number }>): void {
    const found = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    clearTimeout(found?.timer)
    if (message.kind === 'ran') found?.resolve(message.outputs)
    else found?.reject(moduleProblem.failed({ reason: message.reason }))
  }

  #ended(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(moduleProblem['not-running']({}))
    }
    this.#waiting.clear()
    if (!this.#closed) setTimeout(() => this.#again(), restartPauseMs).unref()
  }

  #again(): void {
    if (this.#closed) return
    this.start().catch(() => setTimeout(() => this.#again(), restartPauseMs * 10).unref())
  }
}
