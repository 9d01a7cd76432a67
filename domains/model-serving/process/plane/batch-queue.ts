import { Problem } from '@millrace/contract'
import type { CheckedInputs } from '../../model/check-inputs.ts'
import { isBatchable } from '../../model/check-inputs.ts'
import type { ModelRunner } from '../../model/model-runner.ts'
import type { Tensor, TensorData } from '../../model/tensor.ts'
import { concatData, rowWidth, sliceData } from '../../model/tensor.ts'
import { planeProblem } from './plane-problems.ts'

/** One request that waits for its run. `done` is called once, with its rows of the outputs or with why not. */
export interface QueuedRequest extends CheckedInputs {
  readonly id: string
  /** `performance.now()` when the request's head arrived. */
  readonly startedAtMs: number
  /** Epoch ms, for rows without an event time. */
  readonly arrivedAtMs: number
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
  /** Rows per run, so that one run stays short; a larger request runs alone. */
  readonly maxRows?: number
  /** Requests that may wait. */
  readonly maxWaiting?: number
}

/** Collects the requests of one event-loop tick, and those that arrive during a run, and runs them together. */
export interface BatchQueue {
  /** Queues a request; false when too many wait. */
  offer(request: QueuedRequest): boolean
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>
}

/** Makes the queue of one deployment: at most one run at a time, so that batches grow by themselves under load. */
export function createBatchQueue(options: BatchQueueOptions): BatchQueue {
  const { runner, record, maxRows = 1024, maxWaiting = 4096 } = options
  const batchable = isBatchable(runner.signature)
  let waiting: QueuedRequest[] = []
  let running = false
  let idle: (() => void)[] = []

  const pump = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = batchable ? takeBatch(waiting, maxRows) : waiting.slice(0, 1)
      waiting = waiting.slice(batch.length)
      await runBatch(runner, batch, record)
    }
    running = false
    for (const resolve of idle) resolve()
    idle = []
  }
  return {
    offer: (request) => {
      if (waiting.length >= maxWaiting) return false
      waiting.push(request)
      if (!running) {
        running = true
        setImmediate(() => void pump())
      }
      return true
    },
    idle: () => (running ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve()),
  }
}

/** The longest head of the queue whose rows fit one run and whose inputs differ in nothing but their rows. */
function takeBatch(waiting: readonly QueuedRequest[], maxRows: number): readonly QueuedRequest[] {
  const [first] = waiting
  if (first === undefined) return []
  let rows = first.rows
  let count = 1
  for (; count < waiting.length; count += 1) {
    const next = waiting[count]
    if (next === undefined || rows + next.rows > maxRows || !sameRowShape(first, next)) break
    rows += next.rows
  }
  return count === waiting.length ? waiting : waiting.slice(0, count)
}

function sameRowShape(one: QueuedRequest, other: QueuedRequest): boolean {
  return one.inputs.every(({ shape }, index) => {
    const otherShape = other.inputs[index]?.shape ?? []
    for (let axis = 1; axis < shape.length; axis += 1) if (shape[axis] !== otherShape[axis]) return false
    return true
  })
}

async function runBatch(
  runner: ModelRunner,
  requests: readonly QueuedRequest[],
  record: BatchQueueOptions['record'],
): Promise<void> {
  const rows = requests.reduce((sum, request) => sum + request.rows, 0)
  const inputs = mergeInputs(requests, rows)
  let outputs: readonly Tensor[] | undefined
  let failure: Problem | undefined
  try {
    outputs = await runner.run(inputs)
  } catch (error) {
    failure = planeProblem['model-failed']({ reason: error instanceof Error ? error.message : String(error) }, error)
  }
  try {
    record({ requests, rows, inputs, outputs })
  } catch (error) {
    failure = error instanceof Problem ? error : planeProblem.internal({}, error)
  }
  answerAll(requests, outputs, failure)
}

function answerAll(
  requests: readonly QueuedRequest[],
  outputs: readonly Tensor[] | undefined,
  failure: Problem | undefined,
): void {
  let row = 0
  for (const request of requests) {
    if (failure !== undefined || outputs === undefined) {
      request.done({ ok: false, problem: failure ?? planeProblem.internal({}) })
    } else {
      request.done({ ok: true, outputs: requests.length === 1 ? outputs : rowsOf(outputs, row, request.rows) })
    }
    row += request.rows
  }
}

function mergeInputs(requests: readonly QueuedRequest[], rows: number): readonly Tensor[] {
  const [first] = requests
  if (first === undefined || requests.length === 1) return first?.inputs ?? []
  return first.inputs.map((input, index) => {
    const parts: TensorData[] = []
    for (const request of requests) {
      const data = request.inputs[index]?.data
      if (data !== undefined) parts.push(data)
    }
    return { ...input, shape: [rows, ...input.shape.slice(1)], data: concatData(input.datatype, parts) }
  })
}

function rowsOf(outputs: readonly Tensor[], row: number, rows: number): readonly Tensor[] {
  return outputs.map((output) => {
    const width = rowWidth(output.shape)
    return {
      ...output,
      shape: [rows, ...output.shape.slice(1)],
      data: sliceData(output.data, row * width, (row + rows) * width),
    }
  })
}
