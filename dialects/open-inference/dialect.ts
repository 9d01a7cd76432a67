import type {
  DialectCall,
  EndpointView,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  TensorSpec,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { readInferRequest } from './read-infer-request.ts'
import { writeInferResponse } from './write-infer-response.ts'

const modelPath = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(infer|ready))?$/

/** Open Inference v2 over REST as a dialect of the data plane: infer, metadata and health under `/v2`. */
export const openInference: PlaneDialect = {
  name: 'open-inference',
  match: ({ method, path }): DialectCall | undefined => {
    if (!path.startsWith('/v2')) return undefined
    if (method === 'GET') return describe(path)
    const [, name = '', version, verb] = modelPath.exec(path) ?? []
    if (method !== 'POST' || verb !== 'infer') return undefined
    return { kind: 'predict', endpoint: decode(name), ...versionOf(version), read: readCall }
  },
  refuse: ({ status, sentence }) => json(status, { error: sentence }),
}

const readCall: Extract<DialectCall, { kind: 'predict' }>['read'] = (body, headers, { signature }): PredictRequest => {
  const length = headers['inference-header-content-length']
  const { tensors, eventTimeMs, ...wish } = readInferRequest(
    body,
    Array.isArray(length) ? length[0] : length,
    signature,
  )
  return {
    tensors,
    ...(eventTimeMs === undefined ? {} : { eventTimeMs }),
    write: (result) => writeInferResponse(wish, result),
  }
}

function describe(path: string): DialectCall | undefined {
  if (path === '/v2' || path === '/v2/') {
    return say(() => json(200, { name: 'millrace', version: '0.1.0', extensions: ['binary_tensor_data'] }))
  }
  if (path === '/v2/health/live') return say(() => json(200, { live: true }))
  if (path === '/v2/health/ready') {
    return say(({ ready }) =>
      ready ? json(200, { live: true, ready: true }) : json(503, { error: 'The server is not ready.' }),
    )
  }
  if (path === '/v2/models') return say(({ names }) => json(200, { models: names }))
  const [match, name = '', version, verb] = modelPath.exec(path) ?? []
  if (match === undefined || verb === 'infer') return undefined
  return say((view) => describeModel(view, decode(name), version === undefined ? undefined : decode(version), verb))
}

function describeModel(
  view: PlaneView,
  name: string,
  version: string | undefined,
  verb: string | undefined,
): WireAnswer {
  const found = view.endpoint(name, version)
  if (found === undefined) {
    return json(404, {
      error: `Request for unknown model: '${name}'${version === undefined ? '' : ` version ${version}`} is not found.`,
    })
  }
  if (verb === 'ready') {
    return found.ready
      ? json(200, { name, ready: true })
      : json(503, { name, ready: false, error: `Model ${name} is not ready.` })
  }
  return json(200, metadataOf(found))
}

function metadataOf({ name, versions, platform, signature }: EndpointView) {
  return {
    name,
    versions,
    platform,
    inputs: signature.inputs.map(tensorMetadata),
    outputs: signature.outputs.map(tensorMetadata),
  }
}

function tensorMetadata({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape }
}

function say(answer: (view: PlaneView) => WireAnswer): DialectCall {
  return { kind: 'describe', answer }
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function versionOf(version: string | undefined): { version?: string } {
  return version === undefined ? {} : { version: decode(version) }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
