import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  RawPrediction,
  Tensor,
  WireAnswer,
} from '@millrace/model-serving/plane'
import type { Members } from '../values/inputs.ts'
import { isObject, tensorsOfInputs, tensorsOfInstances } from '../values/inputs.ts'
import { readForm } from '../values/multipart.ts'
import { parseJson } from '../values/parse-json.ts'
import { decode, json } from '../values/paths.ts'
import { mainOutputs, predictionsOf } from '../values/predictions.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'
import { inferenceDescription } from './api-description.ts'
import { methodNotAllowed, ownVersion, refuseTorch, torchError } from './torchserve-answer.ts'

const predictionPath = /^\/(predictions|explanations)\/([^/]+)(?:\/([^/]+))?$/

const descriptions: ReadonlySet<string> = new Set(['OPTIONS /', 'GET /api-description'])

/** TorchServe's inference API: predictions with versions, explanations, ping and its description. */
export const torchserveInference: PlaneDialect = {
  name: 'torchserve-inference',
  match: ({ method, path }): DialectCall | undefined => {
    const [, verb, name, version] = predictionPath.exec(path) ?? []
    if (verb !== undefined && name !== undefined) return matchPrediction(method, verb, decode(name), version)
    if (path === '/ping') return method === 'GET' ? say(ping) : say(methodNotAllowed)
    if (path.startsWith('/wfpredict/')) {
      return say(() => torchError(404, `Workflow not found: ${decode(path.slice(11))}`, 'WorkflowNotFoundException'))
    }
    return descriptions.has(`${method} ${path}`)
      ? say(({ names }) => json(200, inferenceDescription(names)))
      : undefined
  },
  refuse: refuseTorch,
}

function matchPrediction(method: string, verb: string, endpoint: string, version: string | undefined): DialectCall {
  if (method === 'OPTIONS') return say(() => json(200, inferenceDescription([endpoint])))
  if (!['POST', 'PUT', 'GET'].includes(method)) return say(methodNotAllowed)
  const read = verb === 'predictions' ? readPrediction : readExplanation
  return { kind: 'predict', endpoint, ...(version === undefined ? {} : { version: ownVersion(decode(version)) }), read }
}

function ping({ ready }: PlaneView): WireAnswer {
  return json(ready ? 200 : 503, { status: ready ? 'Healthy' : 'Unhealthy' })
}

function say(answer: (view: PlaneView) => WireAnswer): DialectCall {
  return { kind: 'describe', answer }
}

function readExplanation(body: Uint8Array, headers: IncomingHttpHeaders, model: AnsweringModel): RawPrediction {
  if (model.takesRaw) return rawPrediction(body, headers, 'explanations')
  throw valueProblem.unsupported({ what: 'The model has no explanations.' })
}

function readPrediction(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  model: AnsweringModel,
): PredictRequest | RawPrediction {
  if (model.takesRaw) return rawPrediction(body, headers, 'predictions')
  const value = valueOf(body, headers)
  const wrapped = isObject(value) && Array.isArray(value['instances'])
  const write = ({ id, outputs }: PredictResult) => {
    const rows = predictionsOf(mainOutputs(outputs))
    return json(200, wrapped ? { predictions: rows } : rows, { 'x-request-id': id })
  }
  return { tensors: tensorsOf(value, model), write }
}

function tensorsOf(value: unknown, { signature }: AnsweringModel): readonly Tensor[] {
  if (Array.isArray(value)) return tensorsOfInstances(value, signature)
  if (!isObject(value)) return tensorsOfInputs(value, signature, 'refused')
  const instances = instancesIn(value, new Set(signature.inputs.map(({ name }) => name)))
  if (instances !== undefined) return tensorsOfInstances(instances, signature)
  return tensorsOfInputs(value, signature, 'refused')
}

/** `instances`, or `data` and `body` as TorchServe's own handlers look for them, unless the model has inputs of these names. */
function instancesIn(value: Members, taken: ReadonlySet<string>): readonly unknown[] | undefined {
  const name = ['instances', 'data', 'body'].find((one) => one in value && !taken.has(one))
  const found = name === undefined ? undefined : value[name]
  if (!Array.isArray(found)) return undefined
  return (found as readonly unknown[]).map((item) =>
    isObject(item) && 'data' in item && !taken.has('data') ? item['data'] : item,
  )
}

/** The body as JSON, or a form's field `data` or `body` (each file of it is one row), whatever the content type says. */
function valueOf(body: Uint8Array, headers: IncomingHttpHeaders): unknown {
  const form = readForm(body, headers['content-type'])
  if (form === undefined) return jsonIn(body)
  if (form.length === 0) throw valueProblem.form({ what: 'The form has no fields.' })
  const fields = form.map((part) => ({ name: part.name, value: jsonIn(part.body) }))
  const data = fields.filter(({ name }) => name === 'data' || name === 'body').map(({ value }) => value)
  if (data.length === 1) return data[0]
  return data.length > 1 ? data : Object.fromEntries(fields.map(({ name, value }) => [name, value]))
}

function jsonIn(body: Uint8Array): unknown {
  const parsed = parseJson(body)
  if (parsed.ok) return parsed.value
  throw valueProblem['malformed-json']({
    reason: `${parsed.reason}; this model takes tensors, so the body must be JSON`,
  })
}
