import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  PredictRequest,
  PredictResult,
  RawPrediction,
  Signature,
  Tensor,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { readInvocation } from '../mlflow/read-invocation.ts'
import { isNumeric, parseCsv, writeCsv } from '../values/csv.ts'
import { tensorsOfFrame } from '../values/frame.ts'
import { isObject, tensorsOfInputs, tensorsOfInstances, tensorsOfRecords } from '../values/inputs.ts'
import { readNpy, writeNpy } from '../values/npy.ts'
import { parseJson } from '../values/parse-json.ts'
import { json, mediaTypeOf, text } from '../values/paths.ts'
import { mainOutputs, predictionsOf } from '../values/predictions.ts'
import { rawPrediction } from '../values/raw.ts'
import { tensorOfValues } from '../values/tensor-of-values.ts'
import { valueProblem } from '../values/value-problem.ts'

type Reading = (body: Uint8Array, headers: IncomingHttpHeaders, model: AnsweringModel) => PredictRequest | RawPrediction

/**
 * Reads what SageMaker's containers take: JSON (lists, `instances`, MLflow's fields), CSV with or without a header,
 * JSON lines, NumPy arrays; whatever else goes to models that read requests themselves. The answer's form follows Accept.
 */
export const readSagemakerBody: Reading = (body, headers, model) => {
  if (model.rawOnly) return rawPrediction(body, headers, 'invocations')
  const type = mediaTypeOf(headers['content-type'] ?? 'application/json')
  const read = readers[type]
  if (read !== undefined) return read(body, headers, model)
  if (model.takesRaw) return rawPrediction(body, headers, 'invocations')
  const types = Object.keys(readers).join(', ')
  throw valueProblem.form({ what: `The content type "${type}" is none of those that this model takes: ${types}.` })
}

const readers: Readonly<Record<string, Reading>> = {
  'application/json': readJson,
  'text/csv': readCsv,
  'application/jsonlines': readLines,
  'application/x-npy': readArray,
}

function readJson(...[body, headers, model]: Parameters<Reading>): ReturnType<Reading> {
  const parsed = parseJson(body)
  if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
  const { value } = parsed
  const names = new Set(model.signature.inputs.map(({ name }) => name))
  const byName = isObject(value) && Object.keys(value).some((name) => names.has(name))
  // MLflow's own containers run on SageMaker too, and its clients read its form.
  if (isObject(value) && !byName) return readInvocation(body, headers, model)
  const tensors = Array.isArray(value)
    ? tensorsOfInstances(value, model.signature)
    : tensorsOfInputs(value, model.signature, 'refused')
  return request(tensors, headers, 'application/json')
}

function readCsv(...[body, headers, model]: Parameters<Reading>): ReturnType<Reading> {
  const rows = parseCsv(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  if (rows === undefined)
    throw valueProblem.form({ what: 'The body is no CSV: its rows differ in their number of cells.' })
  if (!isNumeric(rows[0])) return readInvocation(body, { ...headers, 'content-type': 'text/csv' }, model)
  return request(tensorsOfFrame({ columns: undefined, rows }, model.signature), headers, 'text/csv')
}

function readLines(...[body, headers, { signature }]: Parameters<Reading>): ReturnType<Reading> {
  const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').split('\n')
  const values = lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const parsed = parseJson(Buffer.from(line))
      if (!parsed.ok) throw valueProblem['malformed-json']({ reason: parsed.reason })
      const { value } = parsed
      return isObject(value) && Array.isArray(value['features']) ? value['features'] : value
    })
  const tensors = values.every(isObject) ? tensorsOfRecords(values, signature) : tensorsOfInstances(values, signature)
  return request(tensors, headers, 'application/jsonlines')
}

function readArray(...[body, headers, { signature }]: Parameters<Reading>): ReturnType<Reading> {
  const array = readNpy('x', body)
  if (array === undefined) throw valueProblem.form({ what: 'The body is no NumPy array of numbers in C order.' })
  return request(tensorsOfArray(array, signature), headers, 'application/x-npy')
}

/** An array as the only input, or its columns as the inputs. Its element type becomes the model's. */
function tensorsOfArray(array: Tensor, signature: Signature): readonly Tensor[] {
  const [only] = signature.inputs
  if (only !== undefined && signature.inputs.length === 1) {
    if (only.datatype === array.datatype) return [{ ...array, name: only.name }]
    const flat = tensorOfValues({ ...only, shape: [-1] }, Array.from<unknown>(array.data as Float64Array)) // any typed array
    return [{ ...flat, shape: array.shape }]
  }
  const [rows = 0, width = 1] = array.shape
  const values = Array.from<unknown>(array.data as Float64Array) // any typed array
  const table = Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width))
  return tensorsOfFrame({ columns: undefined, rows: table }, signature)
}

function request(tensors: readonly Tensor[], headers: IncomingHttpHeaders, own: string): PredictRequest {
  const accept = (headers.accept ?? '').split(',').map((part) => mediaTypeOf(part))
  const form = accept.find((type) => type in writers) ?? own
  return { tensors, write: (result) => (writers[form] ?? writeJson)(result) }
}

const writers: Readonly<Record<string, (result: PredictResult) => WireAnswer>> = {
  'application/json': writeJson,
  'text/csv': ({ outputs }) =>
    text(200, writeCsv(predictionsOf(mainOutputs(outputs)).map(cellsOf)), 'text/csv; charset=utf-8'),
  'application/jsonlines': ({ outputs }) => {
    const lines = predictionsOf(mainOutputs(outputs)).map((row) => `${JSON.stringify(row)}\n`)
    return text(200, lines.join(''), 'application/jsonlines')
  },
  'application/x-npy': (result) => {
    const [first] = mainOutputs(result.outputs)
    const body = first === undefined ? undefined : writeNpy(first)
    if (body === undefined) return writeJson(result)
    return { status: 200, headers: { 'content-type': 'application/x-npy' }, body }
  },
}

function writeJson({ outputs }: PredictResult): WireAnswer {
  return json(200, predictionsOf(mainOutputs(outputs)))
}

function cellsOf(row: unknown): readonly unknown[] {
  const cells = isObject(row) ? Object.values(row) : [row]
  return cells.flat(8)
}
