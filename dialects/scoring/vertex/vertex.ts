import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PredictRequest,
  PredictResult,
  RawPrediction,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { isObject, tensorsOfInputs, tensorsOfInstances } from '../values/inputs.ts'
import { madeHeaders } from '../values/made-headers.ts'
import { parseJson } from '../values/parse-json.ts'
import type { RootOptions } from '../values/paths.ts'
import { decode, json } from '../values/paths.ts'
import { mainOutputs, predictionsOf } from '../values/predictions.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'

const path = /^\/v1(?:beta1)?\/projects\/([^/]+)\/locations\/([^/]+)\/endpoints\/([^/:]+):(predict|rawPredict)$/

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** Vertex AI's prediction over REST: `…/projects/P/locations/L/endpoints/{name}:predict` and `:rawPredict`. */
export const vertex: PlaneDialect = {
  name: 'vertex-ai',
  match: ({ method, path: url }): DialectCall | undefined => {
    const [, project, location, endpoint, verb] = path.exec(url) ?? []
    if (endpoint === undefined || method !== 'POST') return undefined
    const model = `projects/${project ?? ''}/locations/${location ?? ''}/models/${endpoint}`
    return {
      kind: 'predict',
      endpoint: decode(endpoint),
      read: (body, headers, answering) =>
        verb === 'rawPredict' && answering.takesRaw
          ? rawPrediction(body, headers, 'predict')
          : readInstances(body, headers, answering, model),
    }
  },
  refuse: refuseVertex,
}

export interface VertexContainerOptions extends RootOptions {
  /** Inside Vertex AI: the paths that AIP_HEALTH_ROUTE and AIP_PREDICT_ROUTE name. */
  readonly vertexRoutes?: { readonly health: string; readonly predict: string } | undefined
}

/** What Vertex AI asks of a container that serves one model. */
export function vertexContainer({ root, vertexRoutes }: VertexContainerOptions = {}): PlaneDialect {
  return {
    name: 'vertex-ai-container',
    match: ({ method, path: asked }): DialectCall | undefined => {
      if (root === undefined || vertexRoutes === undefined) return undefined
      const { endpoint } = root
      if (method === 'GET' && asked === vertexRoutes.health) {
        return { kind: 'describe', answer: (view) => json(view.endpoint(endpoint)?.ready === true ? 200 : 503, {}) }
      }
      if (method !== 'POST' || asked !== vertexRoutes.predict) return undefined
      return {
        kind: 'predict',
        endpoint,
        read: (body, headers, model) => readInstances(body, headers, model, endpoint),
      }
    },
    refuse: refuseVertex,
  }
}

function refuseVertex({ status, sentence }: { readonly status: number; readonly sentence: string }): WireAnswer {
  return json(status, { error: { code: status, message: sentence, status: statuses[status] ?? 'INTERNAL' } })
}

function readInstances(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  { rawOnly, signature }: AnsweringModel,
  model: string,
): PredictRequest | RawPrediction {
  if (rawOnly) return rawPrediction(body, headers, 'predict')
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const instances = isObject(parsed.value) ? parsed.value['instances'] : undefined
  if (!Array.isArray(instances)) throw valueProblem.form({ what: 'Send {"instances": [ … ]}, one entry for each row.' })
  const wrapped = instances.every((one) => isObject(one)) || signature.inputs.length === 1
  const tensors = wrapped ? tensorsOfInstances(instances, signature) : tensorsOfInputs(instances, signature, 'refused')
  const write = (result: PredictResult) => {
    const { deploymentId, version, outputs } = result
    const predictions = predictionsOf(mainOutputs(outputs))
    return json(
      200,
      { predictions, deployedModelId: deploymentId, model, modelVersionId: String(version) },
      madeHeaders(result),
    )
  }
  return { tensors, write }
}
