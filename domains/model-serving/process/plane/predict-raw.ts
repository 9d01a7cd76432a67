import type { RawAnswer } from '../../model/model-runner.ts'
import type { Tensor } from '../../model/tensor.ts'
import type { ModelInUse } from './live-deployment.ts'
import type { RawPrediction, WireAnswer } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { Asked, Held } from './predictor.ts'
import { PendingPrediction } from './run/pending-prediction.ts'

/** Bodies up to this size that are texts are logged as they are. */
const loggedTextBytes = 16_384

/**
 * A request that the model reads itself. It is ended when its time is up or its caller leaves, and logged as one row
 * before its first byte goes out: sizes and status, and texts that are not too long. A streamed body's size is -1.
 */
export async function predictRaw(
  asked: Asked,
  held: Held,
  model: ModelInUse,
  request: RawPrediction,
): Promise<WireAnswer> {
  const { endpoint, id } = asked
  const { deployment } = held
  const { runner, raw } = model
  if (runner.invoke === undefined) throw planeProblem['takes-no-raw']({ name: endpoint.name })
  const ending = new AbortController()
  const timer = timerFor(asked, request, ending)
  asked.onGone?.(() => ending.abort(planeProblem['caller-left']({})))
  await raw.enter(ending.signal)
  let ok = false
  const finish = () => {
    clearTimeout(timer)
    raw.leave()
    deployment.tally.answered(1, performance.now() - asked.startedAtMs, ok, asked.arrivedAtMs)
    held.release(ok)
  }
  try {
    const answer = await orAborted(runner.invoke(request.raw, ending.signal), ending.signal)
    ok = answer.status < 500
    logRaw(asked, model, request, answer)
    const made = { id, endpoint: endpoint.name, deploymentId: deployment.id }
    const { versionId, version } = deployment
    const streams = !(answer.body instanceof Uint8Array)
    const told = streams ? { ...answer, body: untilEnd(answer.body, finish) } : answer
    const written = request.write(told, { ...made, versionId, version })
    if (!streams) finish()
    return written
  } catch (error) {
    ok = false
    finish()
    throw error
  }
}

function timerFor(asked: Asked, request: RawPrediction, ending: AbortController): NodeJS.Timeout {
  const timeoutMs = Math.min(asked.timeoutMs, request.timeoutMs ?? asked.timeoutMs)
  return setTimeout(() => ending.abort(planeProblem['deadline-exceeded']({})), timeoutMs).unref()
}

/** A model that does not listen to the signal is not waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }) // a Problem, see above
  })
  aborted.catch(() => {}) // it may come after the answer
  return Promise.race([work, aborted])
}

async function* untilEnd(pieces: AsyncIterable<Uint8Array>, finish: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } finally {
    finish()
  }
}

function logRaw(asked: Asked, model: ModelInUse, { raw }: RawPrediction, answer: RawAnswer): void {
  const pending = new PendingPrediction(asked, { inputs: [], rows: 1, eventTimesMs: undefined }, {}, () => {})
  const whole = answer.body instanceof Uint8Array ? answer.body : undefined
  model.record({
    requests: [pending],
    rows: 1,
    inputs: [text('request_body', textOf(raw.body, raw.headers)), size('request_bytes', raw.body.length)],
    outputs: [
      size('response_status', answer.status),
      text('response_body', whole === undefined ? '' : textOf(whole, answer.headers)),
      size('response_bytes', whole?.length ?? -1),
    ],
  })
}

function text(name: string, value: string): Tensor {
  return { name, datatype: 'BYTES', shape: [1, 1], data: [value] }
}

function size(name: string, value: number): Tensor {
  return { name, datatype: 'INT64', shape: [1, 1], data: BigInt64Array.of(BigInt(value)) }
}

function textOf(body: Uint8Array, headers: Readonly<Record<string, string>>): string {
  const isText = /json|text|xml|csv|urlencoded/.test(headers['content-type'] ?? '')
  return isText && body.length <= loggedTextBytes ? Buffer.from(body).toString('utf8') : ''
}
