import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  RawPrediction,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { tensorsOfSplit } from '../mlflow/read-invocation.ts'
import { isObject, tensorsOfInputs, tensorsOfInstances } from '../values/inputs.ts'
import { parseJson } from '../values/parse-json.ts'
import type { RootOptions } from '../values/paths.ts'
import { json, splitPath } from '../values/paths.ts'
import { mainOutputs, predictionsOf } from '../values/predictions.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'

/** Azure ML's scoring of online endpoints: `/endpoints/{name}/score`, at the root where one model is served. */
export function azureMl(options: RootOptions = {}): PlaneDialect {
  return {
    name: 'azure-ml',
    match: ({ method, path }): DialectCall | undefined => {
      const split = splitPath(path, options)
      if (method === 'GET' && split?.rest === 'swagger.json') {
        return { kind: 'describe', answer: (view) => swaggerOf(view, split.endpoint) }
      }
      if (method !== 'POST' || split?.rest !== 'score') return undefined
      return { kind: 'predict', endpoint: split.endpoint, read: readScore }
    },
    refuse: ({ status, sentence }) => json(status, { message: sentence }),
  }
}

/** The description that Azure ML's clients look for beside the scoring address. */
function swaggerOf(view: PlaneView, endpoint: string): WireAnswer {
  const found = view.endpoint(endpoint)
  if (found === undefined) return json(404, { message: `There is no endpoint "${endpoint}".` })
  const columns = found.signature.inputs.map(({ name }) => name)
  const frame = { columns: { type: 'array', items: { enum: columns } }, data: { type: 'array', items: {} } }
  const schema = { type: 'object', properties: { input_data: { type: 'object', properties: frame } } }
  const score = {
    operationId: 'RunMLService',
    parameters: [{ in: 'body', name: 'serviceInputPayload', schema }],
    responses: { 200: { description: 'Predictions, one for each row', schema: { type: 'array', items: {} } } },
  }
  return json(200, {
    swagger: '2.0',
    info: { title: endpoint, version: found.versions[0] ?? '0' },
    consumes: ['application/json'],
    produces: ['application/json'],
    paths: { '/score': { post: score } },
  })
}

/** `input_data` as MLflow deployments take it (a split frame or a list), or `data`, or the bare list. */
function readScore(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  { rawOnly, signature }: AnsweringModel,
): PredictRequest | RawPrediction {
  if (rawOnly) return rawPrediction(body, headers, 'score')
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const { value } = parsed
  const data = isObject(value) ? (value['input_data'] ?? value['data'] ?? value) : value
  const write = ({ id, outputs }: PredictResult) =>
    json(200, predictionsOf(mainOutputs(outputs)), { 'x-ms-request-id': id })
  if (isObject(data) && 'data' in data) return { tensors: tensorsOfSplit(data, signature), write }
  if (Array.isArray(data)) return { tensors: tensorsOfInstances(data, signature), write }
  return { tensors: tensorsOfInputs(data, signature, 'refused'), write }
}
