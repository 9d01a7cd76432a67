import type { DialectCall, PlaneDialect, PlaneView, WireAnswer } from '@millrace/model-serving/plane'
import type { RootOptions } from '../values/paths.ts'
import { decode, json, splitPath, text } from '../values/paths.ts'
import { readInvocation } from './read-invocation.ts'

export interface MlflowScoringOptions extends RootOptions {
  /** What `/version` says; some of MLflow's own code insists on its own. */
  readonly version?: string
}

/**
 * MLflow's scoring protocol, and Databricks' model serving, which speaks it: `/endpoints/{name}/invocations`, `ping`,
 * `health`, `version`; `/serving-endpoints/{name}/invocations`, `/api/2.0/serving-endpoints`, `/api/2.0/endpoints/`; at the root where one model is served.
 */
export function mlflowScoring(options: MlflowScoringOptions = {}): PlaneDialect {
  const { version = '3.17.2' } = options
  return {
    name: 'mlflow-scoring',
    match: ({ method, path }): DialectCall | undefined => {
      if (path.startsWith('/serving-endpoints/') || path.startsWith('/api/2.0/')) return matchDatabricks(method, path)
      const split = splitPath(path, options)
      if (split === undefined) return undefined
      const { endpoint, rest } = split
      if (method === 'POST' && rest === 'invocations') return { kind: 'predict', endpoint, read: readInvocation }
      if (method !== 'GET') return undefined
      if (rest === 'ping' || rest === 'health') return say((view) => ping(view, endpoint))
      if (rest === 'version') return say(() => text(200, version, 'application/json'))
      return undefined
    },
    refuse,
  }
}

function ping(view: PlaneView, endpoint: string): WireAnswer {
  const found = view.endpoint(endpoint)
  return text(found === undefined ? 404 : found.ready ? 200 : 503, '\n', 'application/json')
}

const databricksPath = /^\/serving-endpoints\/([^/]+)(?:\/served-models\/([^/]+))?\/invocations$/
const databricksApi = /^\/api\/2\.0\/serving-endpoints(?:\/([^/]+))?$/

function matchDatabricks(method: string, path: string): DialectCall | undefined {
  const [, endpoint, served] = databricksPath.exec(path) ?? []
  if (endpoint !== undefined) {
    if (method !== 'POST') return undefined
    // A served model is called `{name}-{version}`.
    const version = /-(\d+)$/.exec(decode(served ?? ''))?.[1]
    const named = version === undefined ? {} : { version }
    return { kind: 'predict', endpoint: decode(endpoint), ...named, read: readInvocation }
  }
  return method === 'GET' ? matchQuestion(path) : undefined
}

function matchQuestion(path: string): DialectCall | undefined {
  const [gateway, listed] = /^\/api\/2\.0\/endpoints\/([^/]*)$/.exec(path) ?? []
  if (gateway !== undefined) return say((view) => describeGateway(view, decode(listed ?? '')))
  const match = databricksApi.exec(path)
  if (match === null) return undefined
  const name = match[1] === undefined ? undefined : decode(match[1])
  return say((view) => describeDatabricks(view, name))
}

function describeDatabricks(view: PlaneView, name: string | undefined): WireAnswer {
  if (name === undefined) return json(200, { endpoints: view.names.map((one) => databricksEndpoint(view, one)) })
  if (view.endpoint(name) !== undefined) return json(200, databricksEndpoint(view, name))
  return refuse({ status: 404, sentence: `The endpoint '${name}' does not exist.`, code: '' })
}

/** What `mlflow.deployments` with an address asks. */
function describeGateway(view: PlaneView, name: string): WireAnswer {
  const shown = (one: string) => ({
    name: one,
    endpoint_type: 'model/v1/predict',
    model: { name: one, provider: 'millrace' },
    endpoint_url: `/endpoints/${encodeURIComponent(one)}/invocations`,
    limit: null,
  })
  if (name === '') return json(200, { endpoints: view.names.map(shown) })
  if (view.endpoint(name) !== undefined) return json(200, shown(name))
  return refuse({ status: 404, sentence: `The endpoint '${name}' does not exist.`, code: '' })
}

function databricksEndpoint(view: PlaneView, name: string) {
  const found = view.endpoint(name)
  const served = (found?.versions ?? []).map((version) => ({
    name: `${name}-${version}`,
    entity_name: name,
    entity_version: version,
    state: { deployment: 'DEPLOYMENT_READY' },
  }))
  const ready = found?.ready === true ? 'READY' : 'NOT_READY'
  return { name, state: { ready, config_update: 'NOT_UPDATING' }, config: { served_entities: served } }
}

function say(answer: (view: PlaneView) => WireAnswer): DialectCall {
  return { kind: 'describe', answer }
}

const errorCodes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  409: 'RESOURCE_ALREADY_EXISTS',
  413: 'BAD_REQUEST',
  429: 'REQUEST_LIMIT_EXCEEDED',
  501: 'NOT_IMPLEMENTED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** A model that fails is 400 there: the server cannot tell whether the input was at fault. */
const refuse: PlaneDialect['refuse'] = ({ status, sentence, code }) => {
  if (status === 415) return text(415, sentence)
  if (status === 504) return text(504, 'Request processing time exceeded limit', 'application/json')
  if (code === 'model-serving/plane/model-failed') {
    const message = `Encountered an unexpected error while evaluating the model. Verify that the serialized input Dataframe is compatible with the model for inference. ${sentence}`
    return json(400, { error_code: 'BAD_REQUEST', message })
  }
  const missing = code === 'mlflow-scoring/missing-inputs'
  const errorCode = missing ? 'INVALID_PARAMETER_VALUE' : (errorCodes[status] ?? 'INTERNAL_ERROR')
  return json(status, { error_code: errorCode, message: sentence })
}
