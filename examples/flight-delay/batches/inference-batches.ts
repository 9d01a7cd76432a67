import { featureNames, regroupColumns, type FeatureColumns } from '../features/feature-columns.ts'

/** How the rows travel: numbers in JSON, or raw tensors after a JSON header (the binary tensor data extension). */
export type BatchFormat = 'json' | 'binary'

export interface BatchOptions {
  rowsPerBatch: number
  format: BatchFormat
  /**
   * Name of an INT64 input [rows, 1] that carries each row's event time in epoch milliseconds; not sent when absent.
   */
  eventTimeInput?: string
  /** The request ids are this, a hyphen and the first row's flight id; none are sent when absent. */
  requestIdPrefix?: string
}

/**
 * One request of the Open Inference Protocol v2 (POST /v2/models/{model}/infer), and what the driver needs to send its
 * labels later.
 */
export interface InferenceBatch {
  requestId: string | null
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  rowCount: number
  /** Row i of each belongs to row i of the answer. */
  late: Uint8Array
  eventTimeMs: Float64Array
  flightId: Int32Array
}

/**
 * Ready-to-send requests for the rows, in their order, `rowsPerBatch` in each but the last. Throws a RangeError when
 * that is no whole number of at least 1. https://github.com/kserve/open-inference-protocol and Triton's
 * extension_binary_data.
 */
export async function* inferenceBatches(
  rows: AsyncIterable<FeatureColumns> | Iterable<FeatureColumns>,
  options: BatchOptions,
): AsyncGenerator<InferenceBatch> {
  for await (const part of regroupColumns(rows, options.rowsPerBatch)) yield inferenceBatch(part, options)
}

/** One request with all rows of `columns`. */
export function inferenceBatch(columns: FeatureColumns, options: Omit<BatchOptions, 'rowsPerBatch'>): InferenceBatch {
  const requestId =
    options.requestIdPrefix === undefined ? null : `${options.requestIdPrefix}-${columns.flightId[0] ?? 0}`
  const tensors = tensorsOf(columns, options.eventTimeInput)
  const encoded = options.format === 'json' ? jsonRequest(tensors, requestId) : binaryRequest(tensors, requestId)
  return {
    ...encoded,
    requestId,
    rowCount: columns.late.length,
    late: columns.late,
    eventTimeMs: columns.eventTimeMs,
    flightId: columns.flightId,
  }
}

interface Tensor {
  name: string
  datatype: 'FP32' | 'INT64'
  values: Float32Array | Float64Array
}

function tensorsOf(columns: FeatureColumns, eventTimeInput: string | undefined): Tensor[] {
  const inputs: Tensor[] = featureNames.map((name) => ({ name, datatype: 'FP32', values: columns.features[name] }))
  return eventTimeInput === undefined
    ? inputs
    : [...inputs, { name: eventTimeInput, datatype: 'INT64', values: columns.eventTimeMs }]
}

function jsonRequest(tensors: readonly Tensor[], requestId: string | null): Pick<InferenceBatch, 'headers' | 'body'> {
  const inputs = tensors.map(({ name, datatype, values }) => ({
    name,
    shape: [values.length, 1],
    datatype,
    data: Array.from(values),
  }))
  const body = Buffer.from(JSON.stringify({ ...(requestId === null ? {} : { id: requestId }), inputs }))
  return { headers: { 'content-type': 'application/json' }, body }
}

function binaryRequest(tensors: readonly Tensor[], requestId: string | null): Pick<InferenceBatch, 'headers' | 'body'> {
  const data = tensors.map(littleEndian)
  const inputs = tensors.map(({ name, datatype, values }, index) => ({
    name,
    shape: [values.length, 1],
    datatype,
    parameters: { binary_data_size: data[index]?.byteLength ?? 0 },
  }))
  const header = Buffer.from(JSON.stringify({ ...(requestId === null ? {} : { id: requestId }), inputs }))
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.byteLength),
    },
    body: Buffer.concat([header, ...data]),
  }
}

/** The tensor's bytes, little-endian as the protocol wants: the typed array's own, for so are x64 and arm64. */
function littleEndian({ datatype, values }: Tensor): Uint8Array {
  const numbers = datatype === 'INT64' ? BigInt64Array.from(values, (value) => BigInt(value)) : values
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}
