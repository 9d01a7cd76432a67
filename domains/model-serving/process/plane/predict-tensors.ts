import type { Tracing } from '@millrace/kernel'
import type { CheckedInputs } from '../../model/check-inputs.ts'
import { checkInputs } from '../../model/check-inputs.ts'
import type { LiveDeployment, ModelInUse } from './live-deployment.ts'
import type { PredictRequest, WireAnswer } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { Asked } from './predictor.ts'
import type { RunOutcome } from './run/batch-queue.ts'
import { createMirror } from './run/mirror.ts'
import { PendingPrediction } from './run/pending-prediction.ts'
import { cacheKeyOf } from './run/response-cache.ts'

/** Predictions on tensors: checked, looked up, queued, logged, written, mirrored. */
export interface TensorPredictor {
  predict(asked: Asked, deployment: LiveDeployment, model: ModelInUse, request: PredictRequest): Promise<WireAnswer>
  /** The largest event time seen, by endpoint id. */
  latestEventMs(): Readonly<Record<string, number>>
}

/** Makes it. */
export function createTensorPredictor(nowMs: () => number, tracing?: Tracing): TensorPredictor {
  const latest = new Map<string, number>()
  const mirror = createMirror(nowMs)
  return {
    latestEventMs: () => Object.fromEntries(latest),
    predict: async (asked, deployment, model, request) => {
      const { endpoint, id, startedAtMs, arrivedAtMs, caller, traceId } = asked
      if (model.answering.rawOnly) throw planeProblem['takes-no-tensors']({ name: endpoint.name })
      const checked = checkInputs(model.answering.signature, request.tensors, request.eventTimeMs)
      noteEventTime(latest, endpoint.id, checked, arrivedAtMs)
      const of = { asked, deployment, model, checked, request }
      const outcome = await (tracing === undefined ? outcomeOf(of) : tracedOutcome(tracing, of))
      deployment.tally.answered(checked.rows, performance.now() - startedAtMs, outcome.ok, arrivedAtMs)
      if (!outcome.ok) throw outcome.problem
      const { outputs } = outcome
      const written = request.write({
        id,
        endpoint: endpoint.name,
        deploymentId: deployment.id,
        versionId: deployment.versionId,
        version: deployment.version,
        rows: checked.rows,
        outputs,
      })
      for (const shadow of endpoint.shadows) {
        if (shadow !== deployment) mirror({ shadow, id, arrivedAtMs, caller, traceId, request, checked, outputs })
      }
      return written
    },
  }
}

interface CheckedPrediction {
  readonly asked: Asked
  readonly deployment: LiveDeployment
  readonly model: ModelInUse
  readonly checked: CheckedInputs
  readonly request: PredictRequest
}

function tracedOutcome(tracing: Tracing, of: CheckedPrediction): Promise<RunOutcome> {
  const attributes = { 'millrace.version': of.deployment.version, 'millrace.rows': of.checked.rows }
  return tracing.span('queue and run', { attributes }, () => outcomeOf(of))
}

async function outcomeOf({ asked, deployment, model, checked, request }: CheckedPrediction): Promise<RunOutcome> {
  const { cache } = asked.endpoint.state
  if (cache === undefined) return runOf(asked, model, checked, request)
  const startedAtMs = performance.now()
  const key = cacheKeyOf(deployment.versionId, checked.inputs)
  const known = cache.get(key)
  if (known !== undefined) {
    const pending = new PendingPrediction(asked, checked, request, () => {})
    model.record({ requests: [pending], rows: checked.rows, inputs: checked.inputs, outputs: known })
    deployment.tally.looked(true, performance.now() - startedAtMs)
    return { ok: true, outputs: known }
  }
  const outcome = await runOf(asked, model, checked, request)
  deployment.tally.looked(false, performance.now() - startedAtMs)
  if (outcome.ok) cache.put(key, outcome.outputs)
  return outcome
}

function runOf(asked: Asked, model: ModelInUse, checked: CheckedInputs, request: PredictRequest): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const taken = model.queue.offer(new PendingPrediction(asked, checked, request, resolve))
    if (!taken) resolve({ ok: false, problem: planeProblem.busy({}) })
  })
}

function noteEventTime(
  latest: Map<string, number>,
  endpointId: string,
  checked: CheckedInputs,
  arrivedAtMs: number,
): void {
  let latestMs = latest.get(endpointId) ?? Number.NEGATIVE_INFINITY
  const before = latestMs
  if (checked.eventTimesMs === undefined) latestMs = Math.max(latestMs, arrivedAtMs)
  else for (const timeMs of checked.eventTimesMs) if (timeMs > latestMs) latestMs = timeMs
  if (latestMs !== before) latest.set(endpointId, latestMs)
}
