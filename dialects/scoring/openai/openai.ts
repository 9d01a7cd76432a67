import type { DialectCall, PlaneDialect } from '@millrace/model-serving/plane'
import type { RootOptions } from '../values/paths.ts'
import { json, splitPath } from '../values/paths.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'

const routes: ReadonlySet<string> = new Set(['v1/chat/completions', 'v1/completions', 'v1/embeddings'])

/**
 * OpenAI's text protocol for models that read requests themselves, streams included: `/endpoints/{name}/v1` is the base
 * address, or `/v1` where one model is served. The body and the model's answer go through as they are.
 */
export function openAi(options: RootOptions = {}): PlaneDialect {
  return {
    name: 'openai',
    match: ({ method, path }): DialectCall | undefined => {
      const split = method === 'POST' ? splitPath(path, options) : undefined
      if (split === undefined || !routes.has(split.rest)) return undefined
      return {
        kind: 'predict',
        endpoint: split.endpoint,
        read: (body, headers, { takesRaw }) => {
          if (takesRaw) return rawPrediction(body, headers, split.rest)
          throw valueProblem.unsupported({
            what: 'This model takes tensors, not text; ask it through another protocol.',
          })
        },
      }
    },
    refuse: ({ status, sentence, code }) => {
      const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error'
      return json(status, { error: { message: sentence, type, param: null, code } })
    },
  }
}
