import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '@millrace/contract'
import type { CreateRunner } from '../../model/model-runner.ts'
import type { ModelSource } from '../../model/model-source.ts'
import type { BatchPlan, FinishedPart, Part } from '../model/batch-plan.ts'
import { openDuck } from './open-duck.ts'
import { predictPart } from './predict-part.ts'

/** What a worker is started with. */
export interface WorkerTask {
  readonly model: ModelSource
  readonly plan: Omit<BatchPlan, 'parts' | 'rows'>
  readonly folder: string
  readonly spillTo: string
  readonly memoryMb: number
  readonly batchRows: number
}

/** A problem as it crosses threads. */
export interface SentProblem {
  readonly code: string
  readonly status: number
  readonly detail: string
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'part'; readonly part: FinishedPart }
  | { readonly kind: 'failed'; readonly problem: SentProblem }

export type ToWorker = { readonly kind: 'part'; readonly part: Part } | { readonly kind: 'close' }

/** The whole life of a batch worker: loads the model, then answers one part after the other. Called by the thread's entry file. */
export async function startBatchWorker(createRunner: CreateRunner): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('startBatchWorker is called in a worker thread.')
  const say = (message: FromWorker) => port.postMessage(message)
  const task = workerData as WorkerTask // set by worker-pool.ts, which alone starts these threads
  const { plan, folder, spillTo, memoryMb, batchRows } = task
  try {
    const runner = await createRunner(task.model)
    const { db, close } = await openDuck({ threads: 1, memoryMb, spillTo })
    const context = {
      db,
      runner,
      folder,
      batchRows,
      columns: plan.columns,
      keep: plan.keep,
      format: plan.format,
      pathOf: ({ file }: Part) => plan.inputs[file]?.path ?? '',
      onRows: (rows: number) =>
        say({
          kind: 'rows',
          rows,
        }),
    }
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'part') {
        void predictPart(message.part, context)
          .then((part) => say({ kind: 'part', part }))
          .catch((error: unknown) => say({ kind: 'failed', problem: sent(error) }))
      } else {
        void runner.close().then(() => {
          close()
          port.close()
        })
      }
    })
    say({ kind: 'ready' })
  } catch (error) {
    say({ kind: 'failed', problem: sent(error) })
    port.close()
  }
}

function sent(error: unknown): SentProblem {
  if (error instanceof Problem) return { code: error.code, status: error.status, detail: error.message }
  return {
    code: 'batch-prediction/worker-lost',
    status: 503,
    detail: error instanceof Error ? error.message : String(error),
  }
}
