import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  RawPrediction,
} from '@millrace/model-serving/plane'
import { openEvent, wrapAnswer } from './cloud-event.ts'
import { describeModel, describeSignature, listModels } from './describe.ts'
import { classesOf, valuesOf } from './judge-outputs.ts'
import type { Members } from './read-request.ts'
import { isMembers, membersOf, readRequest, requireSignature, tensorsOfObjects } from './read-request.ts'
import { v1Problem } from './v1-problem.ts'
import { json, writeColumns, writeRows } from './write-answer.ts'

const modelPath =
  /^\/v1\/models\/(?<name>[^/:]+)(?:\/versions\/(?<version>[^/:]+)|\/labels\/(?<label>[^/:]+))?(?<verb>\/metadata|\/ready|:\w+)?$/

/** `/v1/models`: KServe V1, TensorFlow Serving over REST and OpenAI's list of models, in answers that suit all of them. */
export const modelServerV1: PlaneDialect = {
  name: 'model-server-v1',
  match: ({ method, path }): DialectCall | undefined => {
    if (!path.startsWith('/v1/models')) return undefined
    if (/^\/v1\/models\/?$/.test(path)) return method === 'GET' ? say(listModels) : wrongVerb(path, 'GET')
    const groups = modelPath.exec(path)?.groups
    return groups === undefined ? malformed(method, path) : callAt(groups, method, path)
  },
  refuse: ({ status, sentence }) => json(status, { error: sentence }),
}

function callAt(groups: Readonly<Record<string, string | undefined>>, method: string, path: string): DialectCall {
  const name = decode(groups['name'])
  const version = decode(groups['version'] ?? groups['label'])
  const verb = groups['verb']
  if (verb === undefined || verb.startsWith('/')) {
    return method === 'GET' ? described(verb, name, version) : wrongVerb(path, 'GET')
  }
  const read = reads[verb]
  if (read === undefined) return malformed(method, path)
  if (method !== 'POST') return wrongVerb(path, 'POST')
  const chosen = version === '' ? {} : { version }
  return {
    kind: 'predict',
    endpoint: name,
    ...chosen,
    read: (body, headers, model) => read(body, headers, model, name),
  }
}

type Read = (
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  model: AnsweringModel,
  endpoint: string,
) => PredictRequest | RawPrediction

const reads: Readonly<Record<string, Read>> = {
  ':predict': readPredict,
  ':classify': (body, _headers, { signature }) => {
    const tensors = exampleTensors(membersOf(body, signature), signature.inputs)
    return { tensors, write: (result: PredictResult) => json(200, { results: classesOf(result).map(pairs) }) }
  },
  ':regress': (body, _headers, { signature }) => {
    const tensors = exampleTensors(membersOf(body, signature), signature.inputs)
    return { tensors, write: (result: PredictResult) => json(200, { results: valuesOf(result) }) }
  },
  ':explain': () => {
    throw v1Problem['not-here']({ what: 'This endpoint has no explanations. Predictions go to :predict.' })
  },
}

function readPredict(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  { signature, takesRaw, rawOnly }: AnsweringModel,
  endpoint: string,
): PredictRequest | RawPrediction {
  const isJson = /^(?:application\/(?:[\w.-]+\+)?json\b|$)/.test(headers['content-type'] ?? '')
  if (rawOnly || (takesRaw && !isJson)) return passedOn(body, headers)
  const { event, inside } = openEvent(membersOf(body, signature), headers)
  const { form, tensors } = readRequest(inside, signature)
  const write = form === 'rows' ? writeRows : writeColumns
  return { tensors, write: (result: PredictResult) => wrapAnswer(event, endpoint, write(result)) }
}

/** The body as it is, for models that read requests themselves. */
function passedOn(body: Uint8Array, headers: IncomingHttpHeaders): RawPrediction {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') passed[name] = value
  return {
    raw: { route: 'predict', headers: passed, body },
    write: ({ status, headers: given, body: answer }) => ({ status, headers: given, body: answer }),
  }
}

/** `examples` of named features; what `context` says holds for each of them. */
function exampleTensors(request: Members, inputs: AnsweringModel['signature']['inputs']) {
  requireSignature(request)
  const { examples, context = {} } = request
  if (!Array.isArray(examples) || examples.length === 0) {
    throw v1Problem['invalid-request']({ what: '"examples" must be a list with at least one object' })
  }
  if (!isMembers(context)) throw v1Problem['invalid-request']({ what: '"context" must be an object' })
  const merged = examples.map((example: unknown) => (isMembers(example) ? { ...context, ...example } : example))
  return tensorsOfObjects('example', merged, inputs)
}

function pairs(classes: ReturnType<typeof classesOf>[number]) {
  return classes.map(({ label, score }) => [label, score])
}

function described(verb: string | undefined, name: string, version: string): DialectCall {
  if (verb === '/metadata') return say((view) => describeSignature(view, name, version))
  return {
    kind: 'describe',
    answer: (view) => {
      const model = describeModel(view, name, version)
      return json(model.ready ? 200 : 503, model)
    },
  }
}

function say(body: (view: PlaneView) => unknown): DialectCall {
  return { kind: 'describe', answer: (view) => json(200, body(view)) }
}

/** In TensorFlow Serving's words. */
function malformed(method: string, path: string): DialectCall {
  const error = `Malformed request: ${method} ${path.slice(0, 300)}`
  return { kind: 'describe', answer: () => json(400, { error }) }
}

function wrongVerb(path: string, takes: string): DialectCall {
  const { status, message } = v1Problem['wrong-verb']({ path, takes })
  return {
    kind: 'describe',
    answer: () => ({
      status,
      headers: { 'content-type': 'application/json', allow: takes },
      body: JSON.stringify({ error: message }),
    }),
  }
}

function decode(part = ''): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
