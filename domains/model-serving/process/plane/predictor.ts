import { randomFillSync } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { CheckedInputs } from '../../model/check-inputs.ts'
import { checkInputs, isBatchable } from '../../model/check-inputs.ts'
import { makePredictionId } from '../../model/prediction-id.ts'
import type { QueuedRequest, RunOutcome } from './batch-queue.ts'
import type { PlaneCounts } from './plane-counts.ts'
import type { DialectCall, PredictRequest, WireAnswer } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { LiveDeployment, LiveEndpoint } from './routing-table.ts'
import { deploymentFor } from './routing-table.ts'

export interface Prediction {
  readonly endpoint: LiveEndpoint
  readonly call: Extract<DialectCall, { kind: 'predict' }>
  readonly body: Uint8Array
  readonly headers: IncomingHttpHeaders
  readonly startedAtMs: number
}

/** One prediction from body to answer: id, deployment, check, batch, log, answer; then its mirror to shadows. */
export interface Predictor {
  predict(prediction: Prediction): Promise<WireAnswer>
  /** The largest event time seen, by endpoint id. */
  latestEventMs(): Readonly<Record<string, number>>
}

/** Shadow requests that may wait: beyond them shadows miss some, and nobody else notices. */
const mostShadowed = 512

/** Makes the predictor. */
export function createPredictor(options: { readonly counts: PlaneCounts; readonly nowMs: () => number }): Predictor {
  const randomBytes = randomBytesFromPool()
  const latest = new Map<string, number>()
  const shadowed = { waiting: 0 }
  return {
    latestEventMs: () => Object.fromEntries(latest),
    predict: async (prediction) => {
      const { endpoint, call, body, headers, startedAtMs } = prediction
      const arrivedAtMs = options.nowMs()
      const id = makePredictionId(arrivedAtMs, endpoint.hash, randomBytes())
      const deployment = deploymentFor(endpoint, id, call.version)
      const { signature, platform } = deployment.runner
      const takesRaw = deployment.runner.invoke !== undefined
      const rawOnly = takesRaw && signature.inputs.length === 0
      const request = call.read(body, headers, { signature, platform, takesRaw, rawOnly })
      if ('raw' in request) throw planeProblem['takes-no-raw']({ name: endpoint.name })
      const checked = checkInputs(signature, request.tensors, request.eventTimeMs)
      noteEventTime(latest, endpoint.id, checked, arrivedAtMs)
      const answer = new Promise<WireAnswer>((resolve, reject) => {
        const done = (outcome: RunOutcome) => {
          options.counts.record(deployment.id, checked.rows, performance.now() - startedAtMs, outcome.ok)
          if (!outcome.ok) reject(outcome.problem)
          else
            resolve(writeOutcome(request, { id, endpoint, deployment, rows: checked.rows, outputs: outcome.outputs }))
        }
        const queued: QueuedRequest = { ...checked, id, startedAtMs, arrivedAtMs, done }
        if (!deployment.queue.offer(queued)) reject(planeProblem.busy({}))
      })
      const written = await answer
      for (const shadow of endpoint.shadows) {
        if (shadow !== deployment) mirror(shadow, { checked, id, arrivedAtMs, request }, shadowed, options.counts)
      }
      return written
    },
  }
}

function writeOutcome(
  request: PredictRequest,
  made: {
    id: string
    endpoint: LiveEndpoint
    deployment: LiveDeployment
    rows: number
    outputs: Parameters<PredictRequest['write']>[0]['outputs']
  },
): WireAnswer {
  const { id, endpoint, deployment, rows, outputs } = made
  const { id: deploymentId, versionId, version } = deployment
  return request.write({ id, endpoint: endpoint.name, deploymentId, versionId, version, rows, outputs })
}

interface Mirrored {
  readonly checked: CheckedInputs
  readonly id: string
  readonly arrivedAtMs: number
  readonly request: PredictRequest
}

/** Sends a copy to a shadow, a tick after the answer; its signature may differ, and then it sees nothing. */
function mirror(shadow: LiveDeployment, mirrored: Mirrored, shadowed: { waiting: number }, counts: PlaneCounts): void {
  if (shadowed.waiting >= mostShadowed) return
  shadowed.waiting += 1
  setImmediate(() => {
    const startedAtMs = performance.now()
    const finish = (ok: boolean) => {
      shadowed.waiting -= 1
      counts.record(shadow.id, mirrored.checked.rows, performance.now() - startedAtMs, ok)
    }
    try {
      const { id, arrivedAtMs, request } = mirrored
      const { signature } = shadow.runner
      const checked = checkInputs(signature, request.tensors, request.eventTimeMs)
      if (!isBatchable(signature) && checked.rows !== mirrored.checked.rows) throw planeProblem.internal({})
      const done = (outcome: RunOutcome) => finish(outcome.ok)
      if (!shadow.queue.offer({ ...checked, id, startedAtMs, arrivedAtMs, done })) finish(false)
    } catch {
      finish(false) // a version that refuses what its champion takes: counted as its error
    }
  })
}

function noteEventTime(
  latest: Map<string, number>,
  endpointId: string,
  checked: CheckedInputs,
  arrivedAtMs: number,
): void {
  let latestMs = latest.get(endpointId) ?? Number.NEGATIVE_INFINITY
  if (checked.eventTimesMs === undefined) latestMs = Math.max(latestMs, arrivedAtMs)
  else for (const timeMs of checked.eventTimesMs) if (timeMs > latestMs) latestMs = timeMs
  latest.set(endpointId, latestMs)
}

/** Twelve random bytes at a time, drawn from the system's source four kilobytes at once. */
function randomBytesFromPool(): () => Uint8Array {
  const pool = Buffer.allocUnsafe(4092)
  let at = pool.length
  return () => {
    if (at >= pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += 12
    return pool.subarray(at - 12, at)
  }
}
