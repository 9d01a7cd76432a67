import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  RawPrediction,
  Signature,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { readMessage } from '../seldon/seldon-v1.ts'
import type { Members } from '../values/inputs.ts'
import { isObject, tensorsOfInputs, tensorsOfInstances } from '../values/inputs.ts'
import { madeHeaders } from '../values/made-headers.ts'
import { parseJson } from '../values/parse-json.ts'
import type { RootOptions } from '../values/paths.ts'
import { decode, json, text } from '../values/paths.ts'
import { mainOutputs, outputsByName, predictionsOf } from '../values/predictions.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'

type Read = PredictRequest | RawPrediction

/**
 * Routes of servers that have one model, at the root: `/predict` as BentoML (inputs by name), LitServe (`input`), Vertex AI
 * (`instances`) and Seldon's microservices (`data`) take it; BentoML's health and schema; methods of a BentoML service.
 */
export function rootPredict({ root }: RootOptions = {}): PlaneDialect {
  return {
    name: 'root-predict',
    match: ({ method, path }): DialectCall | undefined => {
      if (root === undefined) return undefined
      const { endpoint } = root
      if (method === 'GET') return describe(path, endpoint)
      const [, route] = /^\/([^/]+)$/.exec(path) ?? []
      if (method !== 'POST' || route === undefined) return undefined
      const name = decode(route)
      return {
        kind: 'predict',
        endpoint,
        read: (body, headers, model) => readRoute(name, body, headers, model),
      }
    },
    refuse: ({ status, sentence }) => json(status, { error: sentence }),
  }
}

const healthPaths: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz'])

function describe(path: string, endpoint: string): DialectCall | undefined {
  if (path === '/schema.json') return { kind: 'describe', answer: (view) => schemaOf(view, endpoint) }
  if (!healthPaths.has(path)) return undefined
  return {
    kind: 'describe',
    answer: (view) => text(path === '/livez' || view.endpoint(endpoint)?.ready === true ? 200 : 503, '\n'),
  }
}

function readRoute(name: string, body: Uint8Array, headers: IncomingHttpHeaders, model: AnsweringModel): Read {
  if (model.takesRaw && (model.rawOnly || name !== 'predict')) return rawPrediction(body, headers, name)
  if (name !== 'predict') throw valueProblem['no-route']({ name })
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const { value } = parsed
  const isSeldons = isObject(value) && (isObject(value['data']) || 'jsonData' in value)
  if (isSeldons && !isOwn(value, model.signature)) return readMessage(body, headers, model)
  return readPredict(value, model.signature)
}

function readPredict(value: unknown, signature: Signature): PredictRequest {
  const rows = ({ outputs }: PredictResult) => predictionsOf(mainOutputs(outputs))
  const whole = ({ outputs }: PredictResult) => outputsByName(mainOutputs(outputs))
  if (!isObject(value)) return answering(value, signature, rows)
  if (isOwn(value, signature)) return answering(value, signature, whole)
  if (Array.isArray(value['instances'])) {
    return answering(value['instances'], signature, (result) => ({ predictions: rows(result) }))
  }
  if (!('input' in value)) return answering(value, signature, whole)
  return answering(value['input'], signature, (result) => ({ output: whole(result) }))
}

/** True where the keys are the model's own inputs. */
function isOwn(value: Members, { inputs }: Signature): boolean {
  return inputs.length > 0 && inputs.every(({ name }) => name in value)
}

function answering(value: unknown, signature: Signature, body: (result: PredictResult) => unknown): PredictRequest {
  const tensors = Array.isArray(value)
    ? tensorsOfInstances(value, signature)
    : tensorsOfInputs(value, signature, 'refused')
  return { tensors, write: (result) => json(200, body(result), madeHeaders(result)) }
}

/** BentoML's own description of a service, which its clients read before they call; `predict` is the one method. */
function schemaOf(view: PlaneView, endpoint: string): WireAnswer {
  const found = view.endpoint(endpoint)
  if (found === undefined) return json(404, { error: `There is no endpoint "${endpoint}".` })
  const { inputs } = found.signature
  const properties = Object.fromEntries(inputs.map(({ name }) => [name, { title: name, type: 'array', items: {} }]))
  const input = { type: 'object', title: 'Input', properties, required: inputs.map(({ name }) => name) }
  const output = { title: 'Output' }
  const predict = { name: 'predict', route: '/predict', batchable: false, input, output, is_task: false }
  return json(200, { name: endpoint, type: 'service', routes: inputs.length === 0 ? [] : [predict] })
}
