import type { CheckedInputs } from '../../../model/check-inputs.ts'
import type { Tensor } from '../../../model/tensor.ts'
import type { PredictRequest } from '../plane-dialect.ts'
import type { QueuedRequest, RunOutcome } from './batch-queue.ts'

/** What a queue needs to know of who waits. */
export interface Waiter {
  readonly id: string
  readonly startedAtMs: number
  readonly arrivedAtMs: number
  readonly caller?: string
  readonly traceId?: string | undefined
  /** From `startedAtMs`. */
  readonly timeoutMs: number
  readonly isGone?: () => boolean
}

/** A request in a queue. A class, so that all of them have one shape. */
export class PendingPrediction implements QueuedRequest {
  readonly id: string
  readonly startedAtMs: number
  readonly arrivedAtMs: number
  readonly deadlineMs: number
  readonly caller: string
  readonly traceId: string | undefined
  readonly priority: number
  readonly inputs: readonly Tensor[]
  readonly rows: number
  readonly eventTimesMs: Float64Array | undefined
  readonly done: (outcome: RunOutcome) => void
  readonly #isGone: (() => boolean) | undefined

  constructor(
    waiter: Waiter,
    { inputs, rows, eventTimesMs }: CheckedInputs,
    { timeoutMs = Number.POSITIVE_INFINITY, priority = 0 }: Pick<PredictRequest, 'timeoutMs' | 'priority'>,
    done: (outcome: RunOutcome) => void,
  ) {
    this.id = waiter.id
    this.startedAtMs = waiter.startedAtMs
    this.arrivedAtMs = waiter.arrivedAtMs
    this.deadlineMs = waiter.startedAtMs + Math.min(waiter.timeoutMs, timeoutMs > 0 ? timeoutMs : waiter.timeoutMs)
    // Protocols count from 1, the first; 0 is "none said".
    this.priority = priority > 0 ? priority : Number.POSITIVE_INFINITY
    this.caller = waiter.caller ?? ''
    this.traceId = waiter.traceId
    this.inputs = inputs
    this.rows = rows
    this.eventTimesMs = eventTimesMs
    this.done = done
    this.#isGone = waiter.isGone
  }

  isGone(): boolean {
    return this.#isGone?.() === true
  }
}
