import { Problem } from '@millrace/contract'
import type { CheckedInputs } from '../../../model/check-inputs.ts'
import { isBatchable } from '../../../model/check-inputs.ts'
import type { ModelRunner } from '../../../model/model-runner.ts'
import type { Tensor } from '../../../model/tensor.ts'
import { modelFailure, planeProblem } from '../plane-problems.ts'
import type { MeasuredRun } from '../statistics/deployment-tally.ts'
import type { LoopTurn } from './loop-turn.ts'
import { faultyOutputs, onlyNaN } from './faulty-outputs.ts'
import { mergeInputs, rowsOf, sameRowShape } from './rows-of-batch.ts'

/** One request that waits for its run. `done` is called once, with its rows of the outputs or with why not. */
export interface QueuedRequest extends CheckedInputs {
  readonly id: string
  /** `performance.now()` when the request's head arrived. */
  readonly startedAtMs: number
  /** Epoch ms, for rows without an event time. */
  readonly arrivedAtMs: number
  readonly caller: string
  readonly traceId: string | undefined
  /** `performance.now()` when it has waited too long; Infinity where it may wait. */
  readonly deadlineMs: number
  /** 1 goes first; Infinity goes last. */
  readonly priority: number
  /** True when nobody waits for the answer any more: the request is dropped unless its run has begun. */
  isGone(): boolean
  done(outcome: RunOutcome): void
}

export type RunOutcome =
  | { readonly ok: true; readonly outputs: readonly Tensor[] }
  | { readonly ok: false; readonly problem: Problem }

/** Several requests' rows in one run. `outputs` is undefined when the model failed. */
export interface FinishedBatch {
  readonly requests: readonly QueuedRequest[]
  readonly rows: number
  /** All rows, in the signature's order. */
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[] | undefined
}

export interface BatchQueueOptions {
  readonly runner: ModelRunner
  /** Called after each run and before any answer; throws a Problem when the answers must not go out. */
  readonly record: (batch: FinishedBatch) => void
  /** Told of each run, and of each request's wait. */
  readonly tally?: { ran(run: MeasuredRun): void; queued(ms: number): void } | undefined
  /** Rows per run, so that one run stays short; a larger request runs alone. */
  readonly maxRows?: number | undefined
  /** Requests that may wait. */
  readonly maxWaiting?: number | undefined
  /** Where its runs compute on this process's loop: whose turn it is. */
  readonly turn?: LoopTurn | undefined
  /** How long a run that is not full waits for more. */
  readonly maxDelayMs?: number | undefined
}

/** Collects the requests of one event-loop tick, and those that arrive during a run, and runs them together. */
export interface BatchQueue {
  /** Queues a request; false when too many wait. */
  offer(request: QueuedRequest): boolean
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>
  waiting(): number
}

/** How often requests are looked through for those whose deadline has passed or whose caller has left. */
const sweepEveryMs = 20

/**
 * The queue of one deployment: at most `runner.parallel` runs under way, so that batches grow by themselves under load.
 * A request whose deadline passes is answered with 504, also while its run hangs.
 */
export function createBatchQueue(options: BatchQueueOptions): BatchQueue {
  return new DeploymentQueue(options)
}

class DeploymentQueue implements BatchQueue {
  readonly #options: BatchQueueOptions
  readonly #batchable: boolean
  readonly #parallel: number
  readonly #maxRows: number
  readonly #maxWaiting: number
  readonly #maxDelayMs: number
  #waiting: QueuedRequest[] = []
  /** Of the requests in `#waiting`, in their order. */
  #queuedAtMs: number[] = []
  #running = new Set<readonly QueuedRequest[]>()
  #expired = new Set<QueuedRequest>()
  #scheduled = false
  #sweeper: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []
  readonly #pump = () => this.#start()

  constructor(options: BatchQueueOptions) {
    const { runner, maxRows = 1024, maxWaiting = 4096, maxDelayMs = 0 } = options
    this.#options = options
    this.#batchable = isBatchable(runner.signature)
    this.#parallel = runner.parallel ?? 1
    this.#maxRows = maxRows
    this.#maxWaiting = maxWaiting
    this.#maxDelayMs = this.#batchable ? maxDelayMs : 0
  }

  offer(request: QueuedRequest): boolean {
    if (this.#waiting.length >= this.#maxWaiting) return false
    this.#insert(request)
    if (request.deadlineMs !== Number.POSITIVE_INFINITY) this.#sweeper ??= this.#startSweeper()
    if (this.#running.size < this.#parallel) this.#schedule()
    return true
  }

  idle(): Promise<void> {
    return this.#isIdle() ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  waiting(): number {
    return this.#waiting.length
  }

  #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0
  }

  /** Behind all of the same or a higher priority. */
  #insert(request: QueuedRequest): void {
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1]?.priority ?? 0) > request.priority) at -= 1
    if (at === this.#waiting.length) {
      this.#waiting.push(request)
      this.#queuedAtMs.push(performance.now())
    } else {
      this.#waiting.splice(at, 0, request)
      this.#queuedAtMs.splice(at, 0, performance.now())
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    if (this.#maxDelayMs > 0 && !this.#isFull()) setTimeout(this.#pump, this.#maxDelayMs)
    else setImmediate(this.#pump)
  }

  #isFull(): boolean {
    let rows = 0
    for (const request of this.#waiting) rows += request.rows
    return rows >= this.#maxRows
  }

  #start(): void {
    this.#scheduled = false
    const { turn } = this.#options
    while (this.#running.size < this.#parallel && this.#waiting.length > 0) {
      if (turn?.take(this.#pump) === false) return
      const nowMs = performance.now()
      const batch = this.#take(nowMs)
      if (batch.length === 0) {
        turn?.give()
        continue
      }
      this.#running.add(batch)
      void this.#run(batch, nowMs)
    }
    this.#settleIdle()
  }

  #settleIdle(): void {
    if (!this.#isIdle()) return
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }

  /** The longest head of the queue whose rows fit one run and whose inputs differ in nothing but their rows. */
  #take(nowMs: number): QueuedRequest[] {
    const batch: QueuedRequest[] = []
    let rows = 0
    let at = 0
    for (; at < this.#waiting.length; at += 1) {
      const next = this.#waiting[at]
      if (next === undefined) break
      if (isPast(next, nowMs)) continue
      if (!this.#fits(batch[0], next, rows)) break
      this.#options.tally?.queued(nowMs - (this.#queuedAtMs[at] ?? nowMs))
      rows += next.rows
      batch.push(next)
    }
    const rest = this.#waiting.length - at
    this.#waiting = rest === 0 ? [] : this.#waiting.slice(at)
    this.#queuedAtMs = rest === 0 ? [] : this.#queuedAtMs.slice(at)
    return batch
  }

  #fits(first: QueuedRequest | undefined, next: QueuedRequest, rows: number): boolean {
    if (first === undefined) return true
    return this.#batchable && rows + next.rows <= this.#maxRows && sameRowShape(first, next)
  }

  async #run(batch: readonly QueuedRequest[], takenAtMs: number): Promise<void> {
    const rows = batch.reduce((sum, request) => sum + request.rows, 0)
    const inputs = mergeInputs(batch, rows)
    const mergedAtMs = performance.now()
    let outputs: readonly Tensor[] | undefined
    let failure: Problem | undefined
    try {
      outputs = await this.#options.runner.run(inputs)
      failure = faultyOutputs(this.#options.runner.signature, outputs, this.#batchable ? rows : undefined)
    } catch (error) {
      failure = modelFailure(error)
    }
    if (failure !== undefined) outputs = undefined
    const ranAtMs = performance.now()
    this.#options.turn?.give()
    try {
      this.#options.record({ requests: batch, rows, inputs, outputs })
    } catch (error) {
      failure = error instanceof Problem ? error : planeProblem.internal({}, error)
    }
    // The slot is free before the answers are written: the next run may compute elsewhere meanwhile.
    this.#running.delete(batch)
    if (this.#waiting.length > 0) this.#start()
    this.#answer(batch, outputs, failure)
    this.#count(batch, rows, { takenAtMs, mergedAtMs, ranAtMs })
    this.#settleIdle()
  }

  #answer(batch: readonly QueuedRequest[], outputs: readonly Tensor[] | undefined, failure: Problem | undefined): void {
    let row = 0
    for (const request of batch) {
      const start = row
      row += request.rows
      if (this.#expired.size > 0 && this.#expired.delete(request)) continue
      if (failure !== undefined || outputs === undefined) {
        request.done({ ok: false, problem: failure ?? planeProblem.internal({}) })
        continue
      }
      const own = batch.length === 1 ? outputs : rowsOf(outputs, start, request.rows)
      const empty = onlyNaN(request.inputs, own)
      if (empty === undefined) request.done({ ok: true, outputs: own })
      else request.done({ ok: false, problem: empty })
    }
  }

  #count(
    batch: readonly QueuedRequest[],
    rows: number,
    at: { takenAtMs: number; mergedAtMs: number; ranAtMs: number },
  ): void {
    const { takenAtMs, mergedAtMs, ranAtMs } = at
    const requests = batch.length
    let queueMs = 0
    for (const { startedAtMs } of batch) queueMs += takenAtMs - startedAtMs
    const splitMs = performance.now() - ranAtMs
    this.#options.tally?.ran({
      requests,
      rows,
      queueMs,
      mergeMs: mergedAtMs - takenAtMs,
      runMs: ranAtMs - mergedAtMs,
      splitMs,
    })
  }

  #startSweeper(): NodeJS.Timeout {
    return setInterval(() => this.#sweep(performance.now()), sweepEveryMs).unref()
  }

  #sweep(nowMs: number): void {
    if (this.#isIdle()) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
      return
    }
    if (this.#waiting.some((request) => request.deadlineMs <= nowMs || request.isGone())) {
      const stays = this.#waiting.map((request) => !isPast(request, nowMs))
      this.#waiting = this.#waiting.filter((_request, at) => stays[at])
      this.#queuedAtMs = this.#queuedAtMs.filter((_atMs, at) => stays[at])
    }
    for (const batch of this.#running) {
      for (const request of batch) {
        if (request.deadlineMs > nowMs || this.#expired.has(request)) continue
        this.#expired.add(request)
        request.done({ ok: false, problem: planeProblem['deadline-exceeded']({}) })
      }
    }
    this.#settleIdle()
  }
}

/** True when a waiting request is not to be run; one whose time is up has been told so. */
function isPast(request: QueuedRequest, nowMs: number): boolean {
  if (request.deadlineMs <= nowMs) {
    request.done({ ok: false, problem: planeProblem['deadline-exceeded']({}) })
    return true
  }
  if (!request.isGone()) return false
  request.done({ ok: false, problem: planeProblem['caller-left']({}) })
  return true
}
