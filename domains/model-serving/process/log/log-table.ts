import type { Datatype, TensorData } from '../../model/tensor.ts'
import { concatData } from '../../model/tensor.ts'
import type { ReadBatch, SpoolColumn, SpoolStream } from './spool-record.ts'

/** Rows of one endpoint whose columns are the same, gathered from many batches, column by column. */
export interface LogTable {
  readonly workspace: string
  readonly endpoint: string
  readonly streams: readonly SpoolStream[]
  readonly rows: number
  /** Per row. */
  readonly request: Uint32Array
  readonly row: Uint32Array
  readonly stream: Uint32Array
  readonly eventTimeMs: Float64Array
  /** Per request. */
  readonly requestIds: readonly string[]
  readonly latencyUs: readonly number[]
  readonly loggedAtMs: readonly number[]
  readonly status: readonly number[]
  readonly callers: readonly (string | null)[]
  readonly traceIds: readonly (string | null)[]
  readonly columns: readonly LogColumn[]
}

/** A feature or an output; `data` holds `width` elements per row, or nothing where the model failed. */
export interface LogColumn {
  readonly name: string
  readonly datatype: Datatype
  readonly width: number
  readonly data: TensorData
  /** Rows without a value: the model failed there. Empty for inputs. */
  readonly missing: readonly { readonly from: number; readonly to: number }[]
}

/** Gathers batches into tables, one for each endpoint and set of columns. */
export function logTablesOf(batches: readonly ReadBatch[]): LogTable[] {
  const groups = Map.groupBy(batches, ({ stream }) => groupKey(stream))
  return [...groups.values()].map(tableOf)
}

const keys = new WeakMap<SpoolStream, string>()

function groupKey(stream: SpoolStream): string {
  const known = keys.get(stream)
  if (known !== undefined) return known
  const { workspace, endpoint, inputs, outputs } = stream
  const key = JSON.stringify([workspace, endpoint, inputs, outputs])
  keys.set(stream, key)
  return key
}

function tableOf(batches: readonly ReadBatch[]): LogTable {
  const [first] = batches
  if (first === undefined) throw new RangeError('A table needs at least one batch.')
  const rows = batches.reduce((sum, { eventTimesMs }) => sum + eventTimesMs.length, 0)
  const { workspace, endpoint } = first.stream
  return { workspace, endpoint, rows, ...rowsOf(batches, rows), columns: columnsOf(batches, first.stream) }
}

function rowsOf(batches: readonly ReadBatch[], rows: number) {
  const request = new Uint32Array(rows)
  const row = new Uint32Array(rows)
  const stream = new Uint32Array(rows)
  const eventTimeMs = new Float64Array(rows)
  const streams: SpoolStream[] = []
  const numbers = new Map<SpoolStream, number>()
  const requestIds: string[] = []
  const latencyUs: number[] = []
  const loggedAtMs: number[] = []
  const status: number[] = []
  const callers: (string | null)[] = []
  const traceIds: (string | null)[] = []
  let at = 0
  for (const batch of batches) {
    let number = numbers.get(batch.stream)
    if (number === undefined) {
      number = streams.push(batch.stream) - 1
      numbers.set(batch.stream, number)
    }
    eventTimeMs.set(batch.eventTimesMs, at)
    for (const one of batch.requests) {
      for (let index = 0; index < one.rows; index += 1) {
        request[at] = requestIds.length
        row[at] = index
        stream[at] = number
        at += 1
      }
      requestIds.push(one.id)
      latencyUs.push(one.latencyUs)
      loggedAtMs.push(batch.loggedAtMs)
      status.push(batch.status)
      callers.push(one.caller ?? null)
      traceIds.push(one.traceId ?? null)
    }
  }
  return { request, row, stream, eventTimeMs, streams, requestIds, latencyUs, loggedAtMs, status, callers, traceIds }
}

function columnsOf(batches: readonly ReadBatch[], { inputs, outputs }: SpoolStream): LogColumn[] {
  const missing = failedRanges(batches)
  return [
    ...inputs.map((column, index) => ({
      ...named('in', column),
      data: concatData(
        column.datatype,
        dataOf(batches, (batch) => batch.inputs[index]),
      ),
      missing: [],
    })),
    ...outputs.map((column, index) => ({
      ...named('out', column),
      data: concatData(
        column.datatype,
        dataOf(batches, (batch) => batch.outputs?.[index]),
      ),
      missing,
    })),
  ]
}

function named(prefix: string, { name, datatype, width }: SpoolColumn) {
  return { name: `${prefix}.${name}`, datatype, width }
}

function dataOf(batches: readonly ReadBatch[], pick: (batch: ReadBatch) => TensorData | undefined): TensorData[] {
  return batches.map(pick).filter((data) => data !== undefined)
}

function failedRanges(batches: readonly ReadBatch[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  let at = 0
  for (const { outputs, eventTimesMs } of batches) {
    if (outputs === undefined) ranges.push({ from: at, to: at + eventTimesMs.length })
    at += eventTimesMs.length
  }
  return ranges
}
