import { eventTimeInput, inputProblem } from '../../model/check-inputs.ts'
import type { Signature, Tensor } from '../../model/tensor.ts'
import { rowWidth } from '../../model/tensor.ts'
import type { DialectCall, PlaneDialect, PredictRequest, PredictResult, WireAnswer } from './plane-dialect.ts'
import type { Row } from './read-rows.ts'
import { ownProblem, readRows } from './read-rows.ts'

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
      read: (body, _headers, { signature }) => readBodyRows(body, signature),
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

function readBodyRows(body: Uint8Array, signature: Signature): PredictRequest {
  const { rows, eventTimesMs } = parseBody(body)
  const { tensors } = readRows(rows, signature)
  if (eventTimesMs === undefined) return { tensors, write: writeAnswer }
  return { tensors: [...tensors, timesOf(eventTimesMs, rows.length)], write: writeAnswer }
}

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
