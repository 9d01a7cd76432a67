import { Worker } from 'node:worker_threads'
import { Problem } from '@millrace/contract'
import type { FinishedPart, Part } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'
import type { FromWorker, ToWorker, WorkerTask } from './batch-worker.ts'

/** What is told while parts are worked on. */
export interface PoolListener {
  readonly onRows: (rows: number) => void
  readonly onPart: (part: FinishedPart) => void
}

/** Works off all parts in threads; the first failure ends the others after their part. Rejects with its problem, or the signal's reason. */
export async function runParts(
  parts: readonly Part[],
  options: { readonly entry: URL; readonly workers: number; readonly task: WorkerTask; readonly signal?: AbortSignal },
  listener: PoolListener,
): Promise<void> {
  const waiting = [...parts]
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
  const next = () => (signal.aborted ? undefined : waiting.shift())
  const ends = Array.from({ length: Math.min(options.workers, parts.length) }, async () => {
    try {
      await runWorker(options, next, listener)
    } catch (error) {
      stop.abort()
      throw error
    }
  })
  const failed = (await Promise.allSettled(ends)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  options.signal?.throwIfAborted()
}

function runWorker(
  { entry, task }: { readonly entry: URL; readonly task: WorkerTask },
  next: () => Part | undefined,
  { onRows, onPart }: PoolListener,
): Promise<void> {
  const worker = new Worker(entry, { workerData: task })
  const send = (message: ToWorker) => worker.postMessage(message)
  const goOn = () => {
    const part = next()
    send(part === undefined ? { kind: 'close' } : { kind: 'part', part })
  }
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'rows') return onRows(message.rows)
      if (message.kind === 'failed') {
        const { code, status, detail } = message.problem
        reject(new Problem(code, status, detail))
        return void worker.terminate()
      }
      if (message.kind === 'part') onPart(message.part)
      goOn()
    })
    worker.on('error', (error: Error) => reject(batchProblem['worker-lost']({ reason: error.message }, error)))
    // After a reject this changes nothing.
    worker.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(batchProblem['worker-lost']({ reason: `it ended with code ${code}` }))
    })
  })
}
