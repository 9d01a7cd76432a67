import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  DialectCall,
  PlaneDialect,
  PredictRequest,
  PredictResult,
  RawPrediction,
  Tensor,
} from '@millrace/model-serving/plane'
import { tensorsOfFrame } from '../values/frame.ts'
import type { Members } from '../values/inputs.ts'
import { isObject, tensorsOfInputs, tensorsOfInstances } from '../values/inputs.ts'
import { parseJson } from '../values/parse-json.ts'
import type { RootOptions } from '../values/paths.ts'
import { decode, json, splitPath } from '../values/paths.ts'
import { mainOutputs, predictionsOf } from '../values/predictions.ts'
import { rawPrediction } from '../values/raw.ts'
import { valueProblem } from '../values/value-problem.ts'

const prefixed = /^\/seldon\/[^/]+\/([^/]+)\/api\/v[01]\.[01]\/predictions$/

/** Seldon Core v1's REST: `/seldon/{namespace}/{name}/api/v1.0/predictions`, `/endpoints/{name}/api/v1.0/predictions`. */
export function seldonV1(options: RootOptions = {}): PlaneDialect {
  return {
    name: 'seldon-v1',
    match: ({ method, path }): DialectCall | undefined => {
      if (method !== 'POST') return undefined
      const [, deployment] = prefixed.exec(path) ?? []
      if (deployment !== undefined) return { kind: 'predict', endpoint: decode(deployment), read: readMessage }
      const split = splitPath(path, options)
      if (split === undefined || !/^api\/v[01]\.[01]\/predictions$/.test(split.rest)) return undefined
      return { kind: 'predict', endpoint: split.endpoint, read: readMessage }
    },
    refuse: ({ status, sentence, code }) =>
      json(status, { status: { code: status, info: sentence, reason: code, status: 'FAILURE' } }),
  }
}

type Payload = 'tensor' | 'ndarray' | 'jsonData'

/** Reads a SeldonMessage with `data` or `jsonData`. Throws `scoring/…` with status 400. */
export function readMessage(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  { rawOnly, signature }: AnsweringModel,
): PredictRequest | RawPrediction {
  if (rawOnly) return rawPrediction(body, headers, 'predict')
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const message = isObject(parsed.value) ? parsed.value : {}
  const { data, jsonData, meta } = message
  if (jsonData !== undefined) {
    const tensors = Array.isArray(jsonData)
      ? tensorsOfInstances(jsonData, signature)
      : tensorsOfInputs(jsonData, signature, 'refused')
    return { tensors, write: (result: PredictResult) => writeMessage(result, 'jsonData', meta) }
  }
  if (!isObject(data)) {
    throw valueProblem.form({
      what: 'Send "data" with "ndarray" or "tensor", or "jsonData"; this model takes tensors.',
    })
  }
  const form: Payload = isObject(data['tensor']) ? 'tensor' : 'ndarray'
  const rows = form === 'tensor' ? rowsOfTensor(data['tensor']) : data['ndarray']
  const tensors = tensorsOfRows(rows, data['names'], signature)
  return { tensors, write: (result: PredictResult) => writeMessage(result, form, meta) }
}

function tensorsOfRows(rows: unknown, names: unknown, signature: AnsweringModel['signature']): readonly Tensor[] {
  if (!Array.isArray(rows)) throw valueProblem.form({ what: '"ndarray" must be a list of rows.' })
  const lists = rows.every(Array.isArray)
  if (!lists || !Array.isArray(names) || names.length === 0) return tensorsOfInstances(rows, signature)
  return tensorsOfFrame({ columns: names.map(String), rows: rows as readonly (readonly unknown[])[] }, signature)
}

/** Values in row-major order, nested by the shape that comes with them. */
function rowsOfTensor(tensor: unknown): unknown {
  const { shape, values } = isObject(tensor) ? tensor : {}
  if (
    !Array.isArray(shape) ||
    !Array.isArray(values) ||
    !shape.every((size) => Number.isSafeInteger(size) && size > 0)
  ) {
    throw valueProblem.form({ what: '"tensor" needs "shape" (sizes) and "values" (a flat list).' })
  }
  const sizes = shape.map(Number)
  if (sizes.reduce((product, size) => product * size, 1) !== values.length) {
    throw valueProblem.form({ what: `"tensor" has ${values.length} values, which its shape does not hold.` })
  }
  return nest(values, sizes)
}

function nest(values: readonly unknown[], shape: readonly number[]): unknown {
  const [first = 1, ...rest] = shape
  if (rest.length === 0) return values
  const width = values.length / first
  return Array.from({ length: first }, (_, row) => nest(values.slice(row * width, (row + 1) * width), rest))
}

function writeMessage({ id, outputs, endpoint, version }: PredictResult, form: Payload, meta: unknown) {
  const asked: Members = isObject(meta) ? meta : {}
  const puid = typeof asked['puid'] === 'string' ? asked['puid'] : id
  const tags = { ...(isObject(asked['tags']) ? asked['tags'] : {}), prediction_id: id }
  const answered = { puid, tags, requestPath: { [endpoint]: `millrace:${version}` } }
  const main = mainOutputs(outputs)
  return json(200, { ...payloadOf(main, form), meta: answered }, { 'seldon-puid': puid })
}

function payloadOf(outputs: readonly Tensor[], form: Payload): object {
  const rows = predictionsOf(outputs)
  if (form === 'jsonData') return { jsonData: rows }
  const cells = rows.map((row) => (isObject(row) ? Object.values(row).flat(8) : [row].flat(8)))
  const names = namesOf(outputs)
  if (form === 'ndarray') return { data: { names, ndarray: cells } }
  return { data: { names, tensor: { shape: [cells.length, cells[0]?.length ?? 0], values: cells.flat() } } }
}

/** One name for each column: an output of several values names each by its place. */
function namesOf(outputs: readonly Tensor[]): readonly string[] {
  return outputs.flatMap(({ name, shape }) => {
    const width = shape.slice(1).reduce((product, size) => product * size, 1)
    return width === 1 ? [name] : Array.from({ length: width }, (_, place) => `${name}:${place}`)
  })
}
