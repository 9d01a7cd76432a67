import { problems } from '@millrace/contract'
import { eventTimeInput, inputProblem, isBatchable } from '../../model/check-inputs.ts'
import type { Signature, Tensor, TensorData, TensorSpec } from '../../model/tensor.ts'
import { isTexts, newTensorData, rowWidth } from '../../model/tensor.ts'
import type { DialectCall, PlaneDialect, PredictRequest, PredictResult, WireAnswer } from './plane-dialect.ts'

const ownProblem = problems('model-serving/predict', {
  malformed: {
    status: 400,
    say: (p: { reason: string }) => `The body is not JSON (${p.reason}). Send {"rows": [{"feature": value, …}]}.`,
  },
  form: {
    status: 400,
    say: (p: { what: string }) =>
      `${p.what} Send {"rows": [{"feature": value, …}, …]}, and "eventTimesMs": [ms, …] where the rows have times of their own.`,
  },
  value: {
    status: 400,
    say: (p: { row: number; name: string; got: string; takes: string }) =>
      `Row ${p.row} has ${p.got} for "${p.name}"; the model takes ${p.takes}.`,
  },
})

const path = /^(?:\/api\/millrace\/v1\/w\/([^/]+))?\/endpoints\/([^/]+)\/predict$/

/** Our own form: rows of named values in, one answer per row out. The model's datatypes are ours to know, not the caller's. */
export const ownPredict: PlaneDialect = {
  name: 'millrace',
  match: ({ method, path: url }): DialectCall | undefined => {
    const match = path.exec(url)
    if (match === null || method !== 'POST') return undefined
    return {
      kind: 'predict',
      endpoint: decodeURIComponent(match[2] ?? ''),
      ...(match[1] === undefined ? {} : { workspace: decodeURIComponent(match[1]) }),
      read: (body, _headers, { signature }) => readRows(body, signature),
    }
  },
  refuse: ({ status, sentence, code }) =>
    json(
      status,
      {
        type: `https://millrace.dev/problems/${code}`,
        title: code.replace('/', ': ').replaceAll('-', ' '),
        status,
        detail: sentence,
        code,
      },
      'application/problem+json',
    ),
}

function json(status: number, body: unknown, type = 'application/json'): WireAnswer {
  return { status, headers: { 'content-type': type }, body: JSON.stringify(body) }
}

function readRows(body: Uint8Array, signature: Signature): PredictRequest {
  if (!isBatchable(signature)) {
    throw ownProblem.form({
      what: 'This model takes no rows: its shapes are fixed. Use POST /v2/models/{endpoint}/infer.',
    })
  }
  const { rows, eventTimesMs } = parseBody(body)
  requireKnownNames(signature, rows)
  const tensors: Tensor[] = signature.inputs.map((spec) => columnOf(spec, rows))
  if (eventTimesMs !== undefined) tensors.push(timesOf(eventTimesMs, rows.length))
  return { tensors, write: writeAnswer }
}

type Row = Readonly<Record<string, unknown>>

function parseBody(body: Uint8Array): { rows: readonly Row[]; eventTimesMs: readonly unknown[] | undefined } {
  const value = parse(body)
  if (!isRow(value)) throw ownProblem.form({ what: 'The body must be an object.' })
  const { rows, eventTimesMs } = value
  if (!Array.isArray(rows) || rows.length === 0)
    throw ownProblem.form({ what: '"rows" must be a list with at least one row.' })
  const [stranger] = Object.keys(value).filter((key) => key !== 'rows' && key !== 'eventTimesMs')
  if (stranger !== undefined) throw ownProblem.form({ what: `"${stranger}" is not known here.` })
  if (!rows.every(isRow)) throw ownProblem.form({ what: 'Each row must be an object.' })
  if (eventTimesMs !== undefined && (!Array.isArray(eventTimesMs) || eventTimesMs.length !== rows.length)) {
    throw inputProblem['event-times']({ reason: `"eventTimesMs" must be a list of ${rows.length}, one for each row` })
  }
  return { rows, eventTimesMs }
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as unknown
  } catch (error) {
    throw ownProblem.malformed({ reason: error instanceof Error ? error.message.slice(0, 300) : String(error) })
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function requireKnownNames(signature: Signature, rows: readonly Row[]): void {
  const takes = signature.inputs.map(({ name }) => name)
  const known = new Set(takes)
  for (const row of rows) {
    for (const name in row) if (!known.has(name)) throw inputProblem.unknown({ name, takes })
  }
}

function columnOf(spec: TensorSpec, rows: readonly Row[]): Tensor {
  const width = spec.shape.includes(-1, 1) ? widthOf(rows[0]?.[spec.name]) : rowWidth(spec.shape)
  const data = newTensorData(spec.datatype, rows.length * width)
  rows.forEach((row, index) => {
    const value = row[spec.name]
    const values: readonly unknown[] = Array.isArray(value) ? value.flat(8) : [value]
    if (values.length !== width) throw wrongValue(spec, index, `${values.length} values`, `${width}`)
    values.forEach((one, offset) => setValue(data, index * width + offset, one, spec, index))
  })
  const inner = spec.shape.includes(-1, 1) ? [width] : spec.shape.slice(1)
  return { name: spec.name, datatype: spec.datatype, shape: [rows.length, ...inner], data }
}

function widthOf(value: unknown): number {
  return Array.isArray(value) ? value.flat(8).length : 1
}

function setValue(data: TensorData, at: number, value: unknown, spec: TensorSpec, row: number): void {
  const floating = spec.datatype === 'FP32' || spec.datatype === 'FP64'
  if (isTexts(data)) {
    if (typeof value !== 'string') throw wrongValue(spec, row, said(value), 'a text')
    ;(data as string[])[at] = value // made by newTensorData just before
  } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    if (!Number.isSafeInteger(value)) throw wrongValue(spec, row, said(value), 'a whole number')
    data[at] = BigInt(value as number) // checked in the line before
  } else if (floating && (value === null || value === undefined)) data[at] = Number.NaN
  else data[at] = numberOf(value, data, spec, row)
}

function numberOf(value: unknown, data: TensorData, spec: TensorSpec, row: number): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  const floating = data instanceof Float32Array || data instanceof Float64Array
  if (typeof value === 'number' && (floating || Number.isInteger(value))) return value
  throw wrongValue(spec, row, said(value), floating ? 'a number' : 'a whole number')
}

function wrongValue(spec: TensorSpec, row: number, got: string, takes: string) {
  return ownProblem.value({ row, name: spec.name, got, takes: `${takes} (${spec.datatype})` })
}

function said(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
}

function timesOf(times: readonly unknown[], rows: number): Tensor {
  const data = Float64Array.from(times, (time) => (typeof time === 'number' ? time : Number.NaN))
  return { name: eventTimeInput, datatype: 'FP64', shape: [rows], data }
}

function writeAnswer(result: PredictResult): WireAnswer {
  const { id, version, deploymentId, rows, outputs } = result
  const predictions = Array.from({ length: rows }, (_, row) => ({
    id: `${id}.${row}`,
    outputs: Object.fromEntries(outputs.map((output) => [output.name, valueOf(output, row)])),
  }))
  return json(200, { id, version, versionId: result.versionId, deploymentId, predictions })
}

function valueOf(output: Tensor, row: number): unknown {
  const width = rowWidth(output.shape)
  const values = Array.from({ length: width }, (_, offset) => plain(output.data[row * width + offset]))
  return width === 1 ? values[0] : values
}

/** Integers of 64 bits beyond what JSON's readers keep go as text. */
function plain(value: string | number | bigint | undefined): string | number | undefined {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}
