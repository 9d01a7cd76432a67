import type { CheckedInputs } from '../../../model/check-inputs.ts'
import { checkInputs } from '../../../model/check-inputs.ts'
import type { Tensor } from '../../../model/tensor.ts'
import type { LiveDeployment } from '../live-deployment.ts'
import type { PredictRequest } from '../plane-dialect.ts'
import type { RunOutcome } from './batch-queue.ts'
import { PendingPrediction } from './pending-prediction.ts'

/** An answered request, for a shadow to answer too. */
export interface Mirrored {
  readonly shadow: LiveDeployment
  readonly id: string
  readonly arrivedAtMs: number
  readonly caller: string
  readonly traceId: string | undefined
  readonly request: PredictRequest
  readonly checked: CheckedInputs
  /** What the caller got. */
  readonly outputs: readonly Tensor[]
}

/** Shadow requests that may wait for one shadow: beyond them it misses some, and nobody else notices. */
const mostWaiting = 512
/** A shadow that takes longer has missed the request. */
const longestMs = 10_000

/** Makes the mirror: it sends answered requests to shadows a tick after the answer, and compares. */
export function createMirror(nowMs: () => number): (mirrored: Mirrored) => void {
  const waiting = new WeakMap<LiveDeployment, number>()
  return (mirrored) => {
    const { shadow } = mirrored
    const count = waiting.get(shadow) ?? 0
    if (count >= mostWaiting) {
      shadow.tally.shadow?.missed()
      return
    }
    waiting.set(shadow, count + 1)
    setImmediate(() => {
      void answerAsShadow(mirrored, nowMs).finally(() => waiting.set(shadow, (waiting.get(shadow) ?? 1) - 1))
    })
  }
}

async function answerAsShadow(mirrored: Mirrored, nowMs: () => number): Promise<void> {
  const { shadow, checked, outputs } = mirrored
  const startedAtMs = performance.now()
  const outcome = await outcomeOf(mirrored, startedAtMs).catch(() => undefined)
  const ok = outcome?.ok === true
  shadow.tally.answered(checked.rows, performance.now() - startedAtMs, ok, nowMs())
  if (ok) shadow.tally.shadow?.compare(checked.rows, outputs, outcome.outputs)
  else shadow.tally.shadow?.missed()
}

/** Rejects when the version refuses what its champion takes. */
async function outcomeOf(mirrored: Mirrored, startedAtMs: number): Promise<RunOutcome | undefined> {
  const { shadow, id, arrivedAtMs, caller, traceId, request } = mirrored
  const model = await shadow.enter()
  try {
    const checked = checkInputs(model.answering.signature, request.tensors, request.eventTimeMs)
    if (checked.rows !== mirrored.checked.rows) return undefined
    const waiter = { id, arrivedAtMs, startedAtMs, caller, traceId, timeoutMs: longestMs }
    return await new Promise((resolve) => {
      // The champion's priorities and deadlines are its callers' matter.
      if (!model.queue.offer(new PendingPrediction(waiter, checked, {}, resolve))) resolve(undefined)
    })
  } finally {
    shadow.leave()
  }
}
