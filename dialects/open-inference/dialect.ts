import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  RawPrediction,
  RequestHead,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { acceptedEncoding, compressAnswer } from './compress-answer.ts'
import { configurationJson, metadataOf, modelIn, statisticsIn } from './describe-model.ts'
import { logSettings, noSharedMemory, serverMetadata, settingsAreTheServers, traceSettings } from './describe-server.ts'
import { readGenerate } from './generate.ts'
import { inferenceProblem } from './inference-problem.ts'
import { membersOfBody, parametersOf } from './parse-body.ts'
import { readInferRequest } from './read-infer-request.ts'
import { indexOf, manageOptions } from './repository.ts'
import { writeInferResponse } from './write-infer-response.ts'

/** Open Inference v2 over REST as a dialect of the data plane, with the extensions of Triton and MLServer, under `/v2`. */
export const openInference: PlaneDialect = {
  name: 'open-inference',
  match: (head): DialectCall | undefined => {
    if (!head.path.startsWith('/v2')) return undefined
    for (const route of routes) {
      const found = route.path.exec(head.path)
      if (found === null) continue
      const call = route.call[head.method === 'HEAD' ? 'GET' : head.method]
      const [name, version] = [decode(found.groups?.['name']), decode(found.groups?.['version'])]
      return call === undefined ? wrongVerb(head, route) : call({ name, version, verb: found.groups?.['verb'] ?? '' })
    }
    return undefined
  },
  refuse: ({ status, sentence }) => json(status, { error: sentence }),
}

interface Named {
  readonly name: string
  /** Empty: whichever answers. */
  readonly version: string
  readonly verb: string
}

interface Route {
  readonly path: RegExp
  readonly call: Readonly<Record<string, (named: Named) => DialectCall>>
}

const model = String.raw`^/v2/models/(?<name>[^/]+)(?:/versions/(?<version>[^/]+))?`
const memory = String.raw`^/v2/(?:system|cuda)sharedmemory(?:/region/(?<name>[^/]+))?`
const repository = String.raw`^/v2/repository(?:/[^/]+)?`

const routes: readonly Route[] = [
  { path: RegExp(`${model}/infer$`), call: { POST: (named) => predict(named, readInfer) } },
  { path: /^\/v2\/?$/, call: { GET: () => say(() => serverMetadata) } },
  { path: /^\/v2\/health\/live$/, call: { GET: () => say(() => ({ live: true })) } },
  { path: /^\/v2\/health\/ready$/, call: { GET: () => describe(serverReady) } },
  { path: /^\/v2\/models\/?$/, call: { GET: () => say(({ names }) => ({ models: names })) } },
  {
    path: /^\/v2\/models\/stats$/,
    call: { GET: () => say((view) => ({ model_stats: statisticsIn(view, undefined) })) },
  },
  {
    path: RegExp(`${model}$`),
    call: { GET: ({ name, version }) => say((view) => metadataOf(modelIn(view, name, version))) },
  },
  { path: RegExp(`${model}/ready$`), call: { GET: (named) => describe((view) => modelReady(view, named)) } },
  {
    path: RegExp(`${model}/config$`),
    call: { GET: ({ name, version }) => say((view) => configurationJson(modelIn(view, name, version))) },
  },
  {
    path: RegExp(`${model}/stats$`),
    call: { GET: ({ name, version }) => say((view) => ({ model_stats: statisticsIn(view, name, version) })) },
  },
  {
    path: RegExp(`${model}/(?<verb>generate|generate_stream|infer_stream)$`),
    call: {
      POST: (named) =>
        predict(named, (body, headers, answering) =>
          readGenerate(body, headers, answering, named.verb === 'generate' ? 'json' : 'events'),
        ),
    },
  },
  { path: RegExp(`${repository}/index$`), call: { POST: () => index } },
  {
    path: RegExp(`${repository}/models/(?<name>[^/]+)/(?<verb>load|unload)$`),
    call: { POST: (named) => order(named) },
  },
  { path: RegExp(`${memory}/status$`), call: { GET: () => say(() => []) } },
  { path: RegExp(`${memory}/register$`), call: { POST: () => notHere(noSharedMemory) } },
  // What was never registered is unregistered already.
  { path: RegExp(`${memory}/unregister$`), call: { POST: () => say(() => ({})) } },
  {
    path: RegExp(`^/v2(?:/models/[^/]+)?/trace/setting$`),
    call: { GET: () => say(() => traceSettings), POST: () => notHere(settingsAreTheServers) },
  },
  {
    path: /^\/v2\/logging$/,
    call: { GET: () => say(() => logSettings), POST: () => notHere(settingsAreTheServers) },
  },
]

type Read = Extract<DialectCall, { kind: 'predict' }>['read']

/** A prediction whose answer goes out compressed where the caller asked for that. */
function predict({ name, version }: Named, read: Read): DialectCall {
  return {
    kind: 'predict',
    endpoint: name,
    ...(version === '' ? {} : { version }),
    read: (body, headers, answering) => {
      const request = read(body, headers, answering)
      const encoding = acceptedEncoding(headers['accept-encoding'])
      return encoding === undefined ? request : compressing(request, encoding)
    },
  }
}

function compressing(
  request: PredictRequest | RawPrediction,
  encoding: 'gzip' | 'deflate',
): PredictRequest | RawPrediction {
  if ('raw' in request) {
    return { ...request, write: (answer, made) => compressAnswer(request.write(answer, made), encoding) }
  }
  return { ...request, write: (result: PredictResult) => compressAnswer(request.write(result), encoding) }
}

function readInfer(body: Uint8Array, headers: IncomingHttpHeaders, { signature }: AnsweringModel): PredictRequest {
  const length = headers['inference-header-content-length']
  const request = readInferRequest(body, Array.isArray(length) ? length[0] : length, signature)
  return { ...request, write: (result) => writeInferResponse(request, result) }
}

function serverReady({ ready }: PlaneView): WireAnswer {
  return ready ? json(200, { live: true, ready: true }) : json(503, { error: 'The server is not ready.' })
}

function modelReady(view: PlaneView, { name, version }: Named): WireAnswer {
  return modelIn(view, name, version).ready
    ? json(200, { name, ready: true })
    : json(503, { name, ready: false, error: `Model ${name} is not ready.` })
}

const index: DialectCall = {
  kind: 'manage',
  run: async (manager, body) => json(200, await indexOf(manager, membersOfBody(body)['ready'] === true)),
}

function order({ name, verb }: Named): DialectCall {
  return {
    kind: 'manage',
    run: async (manager, body) => {
      const options = manageOptions(parametersOf(membersOfBody(body)))
      await (verb === 'load' ? manager.load(name, options) : manager.unload(name, options))
      return json(200, { name, [verb]: true })
    },
  }
}

function notHere(what: string): DialectCall {
  return describe(() => {
    throw inferenceProblem['not-here']({ what })
  })
}

function wrongVerb({ path }: RequestHead, { call }: Route): DialectCall {
  const takes = Object.keys(call).join(' or ')
  const { status, message } = inferenceProblem['wrong-verb']({ path, takes })
  return describe(() => {
    const answer = json(status, { error: message })
    return { ...answer, headers: { ...answer.headers, allow: Object.keys(call).join(', ') } }
  })
}

function describe(answer: (view: PlaneView) => WireAnswer): DialectCall {
  return { kind: 'describe', answer }
}

function say(body: (view: PlaneView) => unknown): DialectCall {
  return describe((view) => json(200, body(view)))
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function decode(part = ''): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
