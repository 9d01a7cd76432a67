import type { ModelRunner, PythonSource, RawAnswer, RawRequest, Tensor } from '@millrace/model-serving/plane'
import type { Frame } from './frames.ts'
import { operation } from './frames.ts'
import { pythonProblem } from './python-problem.ts'
import { invokeFrame, outputsOf, rowBytesOf, runFrame } from './tensor-frames.ts'
import { AnswerHead, createPieceStream, Reason, signatureOf } from './worker-answer.ts'
import type { PieceStream } from './worker-answer.ts'
import { WorkerPool } from './worker-pool.ts'
import type { WorkerProcess } from './worker-process.ts'
import { jsonOf } from './worker-process.ts'

/** A runner, and what supervision has seen. */
export interface PythonRunner extends ModelRunner {
  readonly restarts: () => number
  readonly pids: () => readonly number[]
}

/** Loads a model in Python processes. Rejects with `python-worker/unusable`, `python-worker/no-interpreter`. */
export async function createPythonRunner(source: PythonSource): Promise<PythonRunner> {
  const pool = new WorkerPool(source)
  const model = await pool.start()
  const signature = signatureOf(model)
  const inputBytes = rowBytesOf(signature.inputs)
  const outputBytes = rowBytesOf(signature.outputs)
  const nextId = ids()
  const run = (inputs: readonly Tensor[]) =>
    new Promise<readonly Tensor[]>((resolve, reject) => {
      const id = nextId()
      const take = (frame: Frame) => {
        try {
          if (frame.operation === operation.error) reject(errorOf(frame))
          else resolve(outputsOf(frame, signature, outputBytes))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
        return true
      }
      pool.send({ id, take, fail: reject, sinceMs: performance.now(), parts: runFrame(id, inputs, inputBytes) })
    })
  return {
    signature,
    platform: model.platform,
    // One that computes and one that lies in its socket, so that it never idles between two.
    parallel: 2 * (source.workers ?? 1),
    elsewhere: true,
    run,
    ...(model.raw ? { invoke: (request, signal) => invoke(pool, nextId(), request, signal) } : {}),
    close: () => pool.close(),
    restarts: () => pool.restarts,
    pids: () => pool.pids,
  }
}

function ids(): () => number {
  let last = 0
  return () => (last = last >= 0xff_ff_ff_ff ? 1 : last + 1)
}

function errorOf(frame: Frame): Error {
  const { reason, mistake } = Reason.parse(jsonOf(frame))
  return mistake ? pythonProblem['bad-input']({ reason }) : pythonProblem.failed({ reason })
}

function invoke(pool: WorkerPool, id: number, request: RawRequest, signal?: AbortSignal): Promise<RawAnswer> {
  const { route, headers, body } = request
  return new Promise((resolve, reject) => {
    const answer = new AnswerFrames(id, resolve, reject)
    signal?.addEventListener('abort', () => answer.leave(), { once: true })
    pool.send({
      id,
      take: (frame, worker) => answer.take(frame, worker),
      fail: (error) => answer.fail(error),
      sinceMs: performance.now(),
      parts: invokeFrame(id, { route, headers }, body),
    })
  })
}

/** Puts a raw answer together: whole where the worker says so, else as a stream. */
class AnswerFrames {
  readonly #id: number
  readonly #resolve: (answer: RawAnswer) => void
  readonly #reject: (error: Error) => void
  readonly #whole: Buffer[] = []
  #head: AnswerHead | undefined
  #stream: PieceStream | undefined
  #worker: WorkerProcess | undefined

  constructor(id: number, resolve: (answer: RawAnswer) => void, reject: (error: Error) => void) {
    this.#id = id
    this.#resolve = resolve
    this.#reject = reject
  }

  take(frame: Frame, worker: WorkerProcess): boolean {
    this.#worker = worker
    try {
      return this.#read(frame, worker)
    } catch (error) {
      this.fail(pythonProblem['wrong-output']({ reason: 'it is not in the form that was agreed' }, error))
      return true
    }
  }

  #read(frame: Frame, worker: WorkerProcess): boolean {
    switch (frame.operation) {
      case operation.head:
        this.#begin(AnswerHead.parse(jsonOf(frame)), worker)
        return false
      case operation.chunk:
        if (this.#stream === undefined) this.#whole.push(Buffer.from(frame.payload))
        else this.#stream.push(Buffer.from(frame.payload))
        return false
      case operation.end:
        this.#end()
        return true
      default:
        this.fail(errorOf(frame))
        return true
    }
  }

  fail(error: Error): void {
    if (this.#stream === undefined) this.#reject(error)
    else this.#stream.end(error)
  }

  /** Nobody waits for the answer any more. */
  leave(): void {
    this.#worker?.cancel(this.#id)
  }

  #begin(head: AnswerHead, worker: WorkerProcess): void {
    this.#head = head
    if (head.whole) return
    this.#stream = createPieceStream({
      hold: () => worker.hold(),
      release: () => worker.release(),
      left: () => worker.cancel(this.#id),
    })
    this.#resolve({ status: head.status, headers: head.headers, body: this.#stream.body })
  }

  #end(): void {
    if (this.#stream !== undefined) return this.#stream.end()
    if (this.#head === undefined) throw new Error('an answer ended before its head')
    const { status, headers } = this.#head
    this.#resolve({ status, headers, body: Buffer.concat(this.#whole) })
  }
}
