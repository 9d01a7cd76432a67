import type { IncomingHttpHeaders } from 'node:http'
import type { Tracing } from '@millrace/kernel'
import { makePredictionId } from '../../model/prediction-id.ts'
import type { Tensor } from '../../model/tensor.ts'
import { chooseDeployment, routesByInput } from './choose-deployment.ts'
import type { LiveDeployment, ModelInUse } from './live-deployment.ts'
import { traceIdOf } from './log-access.ts'
import type { DialectCall, WireAnswer } from './plane-dialect.ts'
import { predictRaw } from './predict-raw.ts'
import { createTensorPredictor } from './predict-tensors.ts'
import type { LiveEndpoint } from './routing-table.ts'
import { randomBytesFromPool } from './run/random-bytes.ts'
import type { CallerState, EndpointState } from './statistics/endpoint-state.ts'

export interface Prediction {
  readonly endpoint: LiveEndpoint
  readonly call: Extract<DialectCall, { kind: 'predict' }>
  readonly body: Uint8Array
  readonly headers: IncomingHttpHeaders
  readonly query?: string
  /** Who asks, as admission named it; '' where nobody did. */
  readonly caller?: string
  readonly startedAtMs: number
  /** True when nobody waits for the answer any more. */
  readonly isGone?: () => boolean
  /** Calls when nobody waits any more; for models that can be stopped while they answer. */
  readonly onGone?: (told: () => void) => void
}

/** One prediction from body to answer: id, deployment, check, batch, log, answer; then its mirror to shadows. */
export interface Predictor {
  predict(prediction: Prediction): Promise<WireAnswer>
  /** The largest event time seen, by endpoint id. */
  latestEventMs(): Readonly<Record<string, number>>
}

export interface PredictorOptions {
  readonly nowMs: () => number
  /** For endpoints that say none: a request that has no answer by then fails with 504. */
  readonly timeoutMs: number
  /** Spans of requests and of their runs, where they are wanted. */
  readonly tracing?: Tracing | undefined
}

/** What every step of a prediction knows. */
export interface Asked extends Prediction {
  /** The prediction's id. */
  readonly id: string
  readonly caller: string
  readonly traceId: string | undefined
  /** Epoch ms. */
  readonly arrivedAtMs: number
  readonly timeoutMs: number
}

/** Makes the predictor. */
export function createPredictor(options: PredictorOptions): Predictor {
  const { nowMs, tracing } = options
  const randomBytes = randomBytesFromPool()
  const tensors = createTensorPredictor(nowMs, tracing)

  const answer = async (asked: Asked, held: Held): Promise<WireAnswer> => {
    const { endpoint, call, body, headers } = asked
    let model = await held.enter(route(asked))
    const request = call.read(body, headers, model.answering)
    if ('raw' in request) return predictRaw(asked, held, model, request)
    if (routesByInput(endpoint)) model = await held.enter(route(asked, request.tensors))
    const written = await tensors.predict(asked, held.deployment, model, request)
    held.release(true)
    return written
  }
  return {
    latestEventMs: () => tensors.latestEventMs(),
    predict: async (prediction) => {
      const { endpoint, caller = '', headers } = prediction
      const held = new Held(endpoint, caller)
      const arrivedAtMs = nowMs()
      const traceId = headers['traceparent'] === undefined ? undefined : traceIdOf(headers['traceparent'])
      const id = makePredictionId(arrivedAtMs, endpoint.hash, randomBytes())
      const timeoutMs = endpoint.limits?.timeoutMs ?? options.timeoutMs
      try {
        const asked = { ...prediction, caller, traceId, id, arrivedAtMs, timeoutMs }
        if (tracing === undefined) return await answer(asked, held)
        const attributes = { 'millrace.endpoint': endpoint.name, 'millrace.prediction_id': id }
        return await tracing.span(`predict ${endpoint.name}`, { attributes, headers }, () => answer(asked, held))
      } catch (error) {
        held.release(false)
        throw error
      }
    },
  }
}

function route(asked: Asked, tensors?: readonly Tensor[]): LiveDeployment {
  const { id, headers, query = '', caller, call } = asked
  return chooseDeployment(asked.endpoint, {
    id,
    headers,
    query,
    caller,
    version: call.version,
    ...(tensors === undefined ? {} : { tensors }),
  })
}

/** What a request keeps from others until its answer has gone: a place at the endpoint and a model in memory. */
export class Held {
  readonly #state: EndpointState
  readonly #caller: CallerState
  #deployment: LiveDeployment | undefined
  #released = false

  /** Throws `over-quota`, `over-concurrency`. */
  constructor({ state }: LiveEndpoint, caller: string) {
    this.#state = state
    this.#caller = state.enter(caller)
  }

  /** Takes a deployment's model in place of the one before. Throws `model-not-loaded`. */
  async enter(deployment: LiveDeployment): Promise<ModelInUse> {
    const model = deployment.enter()
    const entered = model instanceof Promise ? await model : model
    this.#deployment?.leave()
    this.#deployment = deployment
    return entered
  }

  get deployment(): LiveDeployment {
    if (this.#deployment === undefined) throw new Error('No deployment was entered.')
    return this.#deployment
  }

  /** Gives everything back; again does nothing. */
  release(ok: boolean): void {
    if (this.#released) return
    this.#released = true
    this.#deployment?.leave()
    this.#state.leave(this.#caller, ok)
  }
}
