import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '@millrace/contract'
import type { AnsweringModel, PredictRequest, RawPrediction, Signature, Tensor } from '@millrace/model-serving/plane'
import { frameWithHeader, parseCsv } from '../values/csv.ts'
import { tensorsOfFrame } from '../values/frame.ts'
import type { Members } from '../values/inputs.ts'
import { isObject, tensorsOfInputs, tensorsOfInstances, tensorsOfRecords } from '../values/inputs.ts'
import { parseJson } from '../values/parse-json.ts'
import { json } from '../values/paths.ts'
import { mainOutputs, predictionsOf } from '../values/predictions.ts'
import { madeHeaders } from '../values/made-headers.ts'
import { rawPrediction } from '../values/raw.ts'
import { scoringProblem } from './scoring-problem.ts'

/** Reads an invocation of MLflow's scoring protocol. Throws `mlflow-scoring/…` with status 400 or 415. */
export function readInvocation(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  model: AnsweringModel,
): PredictRequest | RawPrediction {
  if (model.rawOnly) return rawPrediction(body, headers, 'invocations')
  const type = contentTypeOf(headers['content-type'])
  if (type === 'application/json') return readJson(body, headers, model)
  if (type === 'text/csv') return predictOn(enforced(() => tensorsOfCsv(body, model.signature)))
  if (model.takesRaw) return rawPrediction(body, headers, 'invocations')
  throw scoringProblem['content-type']({ got: headers['content-type'] ?? '' })
}

/** The media type; JSON where none is said. Throws for a charset other than UTF-8 and for other parameters. */
function contentTypeOf(contentType: string | undefined): string {
  const [type = '', ...parameters] = (contentType ?? 'application/json').split(';').map((part) => part.trim())
  const named = new Map(parameters.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]))
  if ((named.get('charset') ?? 'utf-8').toLowerCase() !== 'utf-8') throw scoringProblem.charset({})
  const names = [...named.keys()].filter((name) => name !== 'charset')
  if (names.length > 0) throw scoringProblem.parameters({ names })
  return type.toLowerCase()
}

function readJson(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  model: AnsweringModel,
): PredictRequest | RawPrediction {
  const parsed = parseJson(body)
  if (!parsed.ok) throw scoringProblem.json({ reason: parsed.reason })
  const { value } = parsed
  if (Array.isArray(value)) throw scoringProblem.list({})
  if (!isObject(value)) throw scoringProblem.type({ type: value === null ? 'null' : typeof value })
  const unified = unifiedFields.some((name) => name in value)
  if (model.takesRaw && (unified || hasParams(value))) return rawPrediction(body, headers, 'invocations')
  if (unified) throw scoringProblem['unified-input']({})
  return predictOn(enforced(() => tensorsOfBody(value, model.signature)))
}

const unifiedFields = ['messages', 'prompt', 'input']

function hasParams({ params }: Members): boolean {
  return isObject(params) && Object.keys(params).length > 0
}

const readers: Readonly<Record<string, (data: unknown, signature: Signature) => readonly Tensor[]>> = {
  dataframe_split: tensorsOfSplit,
  dataframe_records: (data, signature) => tensorsOfRecords(requireRecords(data), signature),
  instances: (data, signature) =>
    Array.isArray(data) ? tensorsOfInstances(data, signature) : tensorsOfInputs(data, signature, 'left out'),
  inputs: (data, signature) =>
    Array.isArray(data) && data.some(isObject)
      ? tensorsOfRecords(requireRecords(data), signature)
      : tensorsOfInputs(data, signature, 'left out'),
}

/** The inputs of an object with exactly one of the four fields; others are left out, `params` among them. */
export function tensorsOfBody(value: Members, signature: Signature): readonly Tensor[] {
  const names = Object.keys(value).filter((name) => name in readers)
  const [name = ''] = names
  const read = readers[name]
  if (names.length !== 1 || read === undefined) throw scoringProblem.fields({ names: Object.keys(value) })
  if ('signature_name' in value) throw scoringProblem['signature-name']({})
  return read(value[name], signature)
}

function requireRecords(data: unknown): readonly Members[] {
  if (!Array.isArray(data)) throw scoringProblem.records({ got: isObject(data) ? 'dictionary' : `type ${typeof data}` })
  if (!data.every(isObject)) throw scoringProblem.records({ got: 'a list with other things in it' })
  return data
}

/** A pandas frame in the orientation "split". */
export function tensorsOfSplit(data: unknown, signature: Signature): readonly Tensor[] {
  if (!isObject(data)) throw scoringProblem.split({ got: Array.isArray(data) ? 'list' : `type ${typeof data}` })
  const names = Object.keys(data)
  if (!('data' in data) || names.some((name) => !['columns', 'data', 'index'].includes(name))) {
    throw scoringProblem['split-fields']({ names })
  }
  const { columns } = data
  const rows = rowsOf(data['data'])
  if (!Array.isArray(columns)) return tensorsOfFrame({ columns: undefined, rows }, signature)
  const wrong = rows.find((row) => row.length !== columns.length)
  if (wrong !== undefined) {
    throw scoringProblem['split-rows']({
      reason: `${columns.length} columns passed, passed data had ${wrong.length} columns`,
    })
  }
  return tensorsOfFrame({ columns: columns.map(String), rows }, signature)
}

function rowsOf(data: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(data)) throw scoringProblem['split-rows']({ reason: "'data' must be a list of rows" })
  return data.map((row: unknown) => (Array.isArray(row) ? (row as readonly unknown[]) : [row]))
}

function tensorsOfCsv(body: Uint8Array, signature: Signature): readonly Tensor[] {
  const rows = parseCsv(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  if (rows === undefined) throw scoringProblem.csv({ reason: 'its rows differ in their number of cells' })
  if (rows.length === 0) throw scoringProblem.csv({ reason: 'No columns to parse from file' })
  return tensorsOfFrame(frameWithHeader(rows), signature)
}

/** What does not fit the model is said as MLflow's enforcement of the signature says it. */
function enforced(read: () => readonly Tensor[]): readonly Tensor[] {
  try {
    return read()
  } catch (error) {
    if (error instanceof Problem && error.code.startsWith('scoring/')) {
      const wrong = error.code === 'scoring/missing' ? scoringProblem['missing-inputs'] : scoringProblem.predict
      throw wrong({ reason: error.message }, error)
    }
    throw error
  }
}

function predictOn(tensors: readonly Tensor[]): PredictRequest {
  return {
    tensors,
    write: (result) => json(200, { predictions: predictionsOf(mainOutputs(result.outputs)) }, madeHeaders(result)),
  }
}
