import { Worker } from 'node:worker_threads'
import type { ModelRunner } from '../../model/model-runner.ts'
import type { ModelSource } from '../../model/model-source.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { FromThread, ThreadTask, ToThread } from './model-thread.ts'

/** A model in a thread of its own, and how long one row takes there. */
export interface ThreadedRunner {
  readonly runner: ModelRunner
  readonly runUs: number
}

interface Waiting {
  readonly resolve: (outputs: readonly Tensor[]) => void
  readonly reject: (error: Error) => void
}

/** Loads a model in a thread. Rejects with the runtime's sentence when it cannot be loaded. */
export function startThreadedRunner(entry: URL, source: ModelSource): Promise<ThreadedRunner> {
  const task: ThreadTask = { source }
  const worker = new Worker(entry, { workerData: task, name: 'model' })
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  const send = (message: ToThread) => worker.postMessage(message)
  const run = (inputs: readonly Tensor[]) =>
    new Promise<readonly Tensor[]>((resolve, reject) => {
      const id = nextId
      nextId += 1
      waiting.set(id, { resolve, reject })
      send({ kind: 'run', id, inputs })
    })
  const failAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  return new Promise<ThreadedRunner>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'loaded') {
        const { signature, platform, runUs } = message
        resolve({ runUs, runner: { signature, platform, run, close: () => closeWorker(worker, send) } })
      } else if (message.kind === 'unloadable') reject(new Error(message.reason))
      else settle(waiting, message)
    })
    worker.on('error', (error: Error) => {
      reject(error)
      failAll(error)
    })
    worker.on('exit', () => {
      reject(new Error('the thread ended while the model was loading'))
      failAll(new Error('the model’s thread has ended'))
    })
  })
}

function settle(waiting: Map<number, Waiting>, message: Extract<FromThread, { id: number }>): void {
  const found = waiting.get(message.id)
  waiting.delete(message.id)
  if (message.kind === 'ran') found?.resolve(message.outputs)
  else found?.reject(new Error(message.reason))
}

async function closeWorker(worker: Worker, send: (message: ToThread) => void): Promise<void> {
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  send({ kind: 'close' })
  await exited
}
