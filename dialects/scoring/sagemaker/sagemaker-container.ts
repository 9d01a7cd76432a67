import { Problem } from '@millrace/contract'
import type { DialectCall, ModelManager, PlaneDialect, PlaneView, WireAnswer } from '@millrace/model-serving/plane'
import { isObject } from '../values/inputs.ts'
import { parseJson } from '../values/parse-json.ts'
import type { RootOptions } from '../values/paths.ts'
import { decode, json, text } from '../values/paths.ts'
import { valueProblem } from '../values/value-problem.ts'
import { readSagemakerBody } from './read-body.ts'

const modelPath = /^\/models\/([^/]+)(\/invoke)?$/

export interface SagemakerContainerOptions extends RootOptions {
  /** True inside SageMaker: `/invocations` takes CSV without a header, and `GET /models/{name}` is the platform's question. */
  readonly onPlatform?: boolean
}

/** What SageMaker asks of a container: `/ping` and `/invocations`; `/models` of one that holds many models. */
export function sagemakerContainer({ root, onPlatform = false }: SagemakerContainerOptions = {}): PlaneDialect {
  return {
    name: 'sagemaker-container',
    match: ({ method, path, query }): DialectCall | undefined => {
      if (method === 'POST' && path === '/invocations' && root !== undefined && onPlatform) {
        return { kind: 'predict', endpoint: root.endpoint, read: readSagemakerBody }
      }
      if (method === 'POST' && path === '/models' && !new URLSearchParams(query).has('url')) return manage(load)
      return matchOne(method, path, onPlatform)
    },
    refuse: ({ status, sentence, code }) => json(status, { error: sentence, code }),
  }
}

function matchOne(method: string, path: string, onPlatform: boolean): DialectCall | undefined {
  const [, name, invoke] = modelPath.exec(path) ?? []
  if (name === undefined) return undefined
  if (invoke === undefined) return onPlatform ? matchModel(method, decode(name)) : undefined
  return method === 'POST' ? { kind: 'predict', endpoint: decode(name), read: readSagemakerBody } : undefined
}

function matchModel(method: string, name: string): DialectCall | undefined {
  if (method === 'GET') return { kind: 'describe', answer: (view) => describe(view, name) }
  if (method !== 'DELETE') return undefined
  return manage(async (manager) => {
    if (manager.view.endpoint(name) === undefined) return absent(name)
    await manager.unload(name, {})
    return text(200, '', 'application/json')
  })
}

function describe(view: PlaneView, name: string): WireAnswer {
  if (view.endpoint(name) === undefined) return absent(name)
  return json(200, { modelName: name, modelUrl: `/opt/ml/models/${name}/model` })
}

function absent(name: string): WireAnswer {
  return json(404, { error: `The model "${name}" is not loaded.` })
}

async function load(manager: ModelManager, body: Uint8Array): Promise<WireAnswer> {
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const { value } = parsed
  const { model_name: name, url } = isObject(value) ? value : {}
  if (typeof name !== 'string' || typeof url !== 'string') {
    throw valueProblem.form({ what: 'Send {"model_name": "…", "url": "/opt/ml/models/…/model"}.' })
  }
  if (manager.view.endpoint(name)?.ready === true) return json(409, { error: `The model "${name}" is loaded already.` })
  try {
    await manager.register(name, url, {})
  } catch (error) {
    // SageMaker unloads others and tries again when it hears 507.
    if (error instanceof Problem && /memory/i.test(error.message)) return json(507, { error: error.message })
    throw error
  }
  return json(200, { modelName: name, modelUrl: url })
}

function manage(run: (manager: ModelManager, body: Uint8Array) => Promise<WireAnswer>): DialectCall {
  return { kind: 'manage', run }
}
