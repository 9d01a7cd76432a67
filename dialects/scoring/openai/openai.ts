import type { DialectCall, PlaneDialect, PlaneView, PredictCall } from '@millrace/model-serving/plane'
import { isObject } from '../values/inputs.ts'
import { parseJson } from '../values/parse-json.ts'
import type { RootOptions } from '../values/paths.ts'
import { json, splitPath } from '../values/paths.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'

const routes: ReadonlySet<string> = new Set(['v1/chat/completions', 'v1/completions', 'v1/embeddings'])

/**
 * OpenAI's text protocol for models that read requests themselves, streams included. Below `/v1` the body's `model` is the
 * endpoint's name; `/endpoints/{name}/v1` is a base address of one. The body and the model's answer go through as they are.
 */
export function openAi(options: RootOptions = {}): PlaneDialect {
  return {
    name: 'openai',
    match: ({ method, path }): DialectCall | undefined => {
      if (method !== 'POST') return undefined
      const route = path.slice(1)
      if (routes.has(route)) return { kind: 'choose', choose: (body, view) => choose(body, view, route, options) }
      const split = splitPath(path, {})
      return split === undefined || !routes.has(split.rest) ? undefined : predict(split.endpoint, split.rest)
    },
    refuse: ({ status, sentence, code }) => {
      const type = typeOf(status)
      const said = status === 404 ? 'model_not_found' : code
      return json(status, { error: { message: sentence, type, param: status === 404 ? 'model' : null, code: said } })
    },
  }
}

function typeOf(status: number): string {
  if (status >= 500) return 'server_error'
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  return status === 429 ? 'rate_limit_error' : 'invalid_request_error'
}

/** The endpoint that the body's `model` names; the one that is served at the root, whatever its clients call it. */
function choose(body: Uint8Array, view: PlaneView, route: string, { root }: RootOptions): PredictCall {
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const model = isObject(parsed.value) ? parsed.value['model'] : undefined
  if (typeof model === 'string' && (root === undefined || view.names.includes(model))) return predict(model, route)
  if (root !== undefined) return predict(root.endpoint, route)
  throw valueProblem.form({ what: 'You must provide a model parameter: the name of an endpoint of this server.' })
}

function predict(endpoint: string, route: string): PredictCall {
  return {
    kind: 'predict',
    endpoint,
    read: (body, headers, { takesRaw }) => {
      if (takesRaw) return rawPrediction(body, headers, route)
      throw valueProblem.unsupported({ what: 'This model takes tensors, not text; ask it through another protocol.' })
    },
  }
}
