import { crc32 } from 'node:zlib'
import { predictionIdLength } from '../../model/prediction-id.ts'
import type { Datatype, TensorData } from '../../model/tensor.ts'
import { bytesOfNumbers, bytesPerElement, isTexts, numbersOfBytes } from '../../model/tensor.ts'

/**
 * The prediction log's own format, written before an answer goes out. A file is a sequence of records, each
 * `u32 body length, u32 CRC-32 of the body, body`, little-endian. The body's first byte tells what it is:
 * 1, a stream's description in JSON (which deployment, which columns), once per file and stream;
 * 2, a batch of one stream: requests, event times, then the columns' elements, as the model saw them, then as JSON the
 *    callers and traces that its requests name by number, where there are any.
 * A record that the process could not finish fails its length or checksum; its answers never went out.
 */
const frameBytes = 8
const streamKind = 1
const batchKind = 2
const batchHeadBytes = 24
const requestBytes = predictionIdLength + 2 + 8

/** A column of the log: an input or output tensor, `width` elements per row. */
export interface SpoolColumn {
  readonly name: string
  readonly datatype: Datatype
  readonly width: number
}

/** Where a batch's rows come from. */
export interface SpoolStream {
  readonly workspace: string
  readonly endpoint: string
  readonly deploymentId: string
  readonly versionId: string
  readonly version: number
  readonly role: 'champion' | 'canary' | 'variant' | 'shadow' | 'retired'
  readonly rollout: { readonly id: string; readonly step: number } | null
  readonly inputs: readonly SpoolColumn[]
  readonly outputs: readonly SpoolColumn[]
  /** Share of the requests that are logged; 1 where absent. */
  readonly sampleRate?: number
}

export interface SpoolRequest {
  readonly id: string
  readonly rows: number
  readonly latencyUs: number
  /** Who asked, where somebody was named. */
  readonly caller?: string | undefined
  /** The trace that the request belongs to, 32 hexadecimal digits. */
  readonly traceId?: string | undefined
}

/** Rows of several requests that ran together. `outputs` is undefined when the model failed (`status` 500). */
export interface SpoolBatch {
  readonly loggedAtMs: number
  readonly status: number
  readonly requests: readonly SpoolRequest[]
  /** One per row. */
  readonly eventTimesMs: Float64Array
  readonly inputs: readonly TensorData[]
  readonly outputs: readonly TensorData[] | undefined
}

/** A batch as it was read, with its stream. */
export interface ReadBatch extends SpoolBatch {
  readonly stream: SpoolStream
}

/** The record that describes a stream under a number. */
export function encodeStream(number: number, stream: SpoolStream): Buffer {
  const json = Buffer.from(JSON.stringify(stream))
  const record = Buffer.allocUnsafe(frameBytes + 5 + json.length)
  record.writeUInt8(streamKind, frameBytes)
  record.writeUInt32LE(number, frameBytes + 1)
  json.copy(record, frameBytes + 5)
  return framed(record)
}

/** The record of a batch of the stream with this number. */
export function encodeBatch(number: number, batch: SpoolBatch): Buffer {
  const columns = [...batch.inputs, ...(batch.outputs ?? [])].map(bytesOfColumn)
  const rowCount = batch.eventTimesMs.length
  const columnBytes = columns.reduce((sum, column) => sum + column.length, 0)
  const origins = originsOf(batch.requests)
  const originBytes = origins.bytes?.length ?? 0
  const size =
    frameBytes + batchHeadBytes + batch.requests.length * requestBytes + rowCount * 8 + columnBytes + originBytes
  const record = Buffer.allocUnsafe(size)
  let at = writeHead(record, number, batch, rowCount)
  for (const [index, request] of batch.requests.entries()) {
    record.write(request.id, at, predictionIdLength, 'latin1')
    record.writeUInt16LE(origins.numbers?.[index] ?? 0, at + predictionIdLength)
    record.writeUInt32LE(request.rows, at + predictionIdLength + 2)
    record.writeUInt32LE(Math.min(0xffffffff, Math.round(request.latencyUs)), at + predictionIdLength + 6)
    at += requestBytes
  }
  record.set(bytesOfNumbers(batch.eventTimesMs), at)
  at += rowCount * 8
  for (const column of columns) {
    record.set(column, at)
    at += column.length
  }
  if (origins.bytes !== undefined) record.set(origins.bytes, at)
  return framed(record)
}

/** Caller and trace of a request; a batch's requests name theirs by its place in a list, from 1. */
type Origin = readonly [caller: string, traceId: string]

interface Origins {
  readonly bytes?: Uint8Array
  readonly numbers?: readonly number[]
}

const noOrigins: Origins = {}
// Mostly all requests of all batches have the same.
let lastOrigin = { text: '', bytes: Buffer.alloc(0) }
/** More than this many in a batch are left out: their numbers have two bytes. */
const mostOrigins = 65_535

function originsOf(requests: readonly SpoolRequest[]): Origins {
  const list: Origin[] = []
  const places = new Map<string, number>()
  const numbers = requests.map(({ caller = '', traceId = '' }) => {
    if (caller === '' && traceId === '') return 0
    const key = `${traceId} ${caller}`
    const known = places.get(key)
    if (known !== undefined || list.length === mostOrigins) return known ?? 0
    places.set(key, list.push([caller, traceId]))
    return list.length
  })
  if (list.length === 0) return noOrigins
  const text = JSON.stringify(list)
  if (text !== lastOrigin.text) lastOrigin = { text, bytes: Buffer.from(text) }
  return { bytes: lastOrigin.bytes, numbers }
}

function writeHead(record: Buffer, number: number, batch: SpoolBatch, rowCount: number): number {
  record.writeUInt8(batchKind, frameBytes)
  record.writeUInt8(batch.outputs === undefined ? 0 : 1, frameBytes + 1)
  record.writeUInt16LE(batch.status, frameBytes + 2)
  record.writeUInt32LE(number, frameBytes + 4)
  record.writeUInt32LE(batch.requests.length, frameBytes + 8)
  record.writeUInt32LE(rowCount, frameBytes + 12)
  record.writeDoubleLE(batch.loggedAtMs, frameBytes + 16)
  return frameBytes + batchHeadBytes
}

function framed(record: Buffer): Buffer {
  const body = record.subarray(frameBytes)
  record.writeUInt32LE(body.length, 0)
  record.writeUInt32LE(crc32(body), 4)
  return record
}

/** Typed elements as they lie in memory (little-endian machines alone run this); texts as `u32 length, UTF-8` each. */
function bytesOfColumn(data: TensorData): Uint8Array {
  if (!isTexts(data)) return bytesOfNumbers(data)
  return Buffer.concat(
    data.flatMap((text) => {
      const bytes = Buffer.from(text)
      const length = Buffer.allocUnsafe(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}

/** What is known of a file's streams while it is read piece by piece. */
export type SpoolStreams = Map<number, SpoolStream>

/** Which batches' columns to read; others are skipped without a copy. */
export type WantsStream = (stream: SpoolStream) => boolean

/**
 * Reads the complete records of `bytes`, which begin at a record's start, and says how many bytes they take.
 * Stops at a record that is cut off or whose checksum fails.
 */
export function decodeRecords(
  bytes: Buffer,
  streams: SpoolStreams,
  wants: WantsStream = () => true,
): { readonly batches: readonly ReadBatch[]; readonly readBytes: number } {
  const batches: ReadBatch[] = []
  let at = 0
  while (at + frameBytes <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    const end = at + frameBytes + length
    if (length === 0 || end > bytes.length) break
    const body = bytes.subarray(at + frameBytes, end)
    if (crc32(body) !== bytes.readUInt32LE(at + 4)) break
    const batch = decodeBody(body, streams, wants)
    if (batch !== undefined) batches.push(batch)
    at = end
  }
  return { batches, readBytes: at }
}

function decodeBody(body: Buffer, streams: SpoolStreams, wants: WantsStream): ReadBatch | undefined {
  if (body.readUInt8(0) === streamKind) {
    // Written by `encodeStream`, under a checksum.
    streams.set(body.readUInt32LE(1), JSON.parse(body.toString('utf8', 5)) as SpoolStream)
    return undefined
  }
  const stream = streams.get(body.readUInt32LE(4))
  if (stream === undefined) throw new Error('A prediction log has a batch whose stream it does not describe.')
  return wants(stream) ? decodeBatch(body, stream) : undefined
}

function decodeBatch(body: Buffer, stream: SpoolStream): ReadBatch {
  const requestCount = body.readUInt32LE(8)
  const rows = body.readUInt32LE(12)
  let at = batchHeadBytes
  const requests: SpoolRequest[] = []
  const numbers: number[] = []
  for (let index = 0; index < requestCount; index += 1) {
    const id = body.toString('latin1', at, at + predictionIdLength)
    numbers.push(body.readUInt16LE(at + predictionIdLength))
    const counts = at + predictionIdLength + 2
    requests.push({ id, rows: body.readUInt32LE(counts), latencyUs: body.readUInt32LE(counts + 4) })
    at += requestBytes
  }
  // Of datatype FP64, whose elements are a Float64Array.
  const eventTimesMs = numbersOfBytes('FP64', body.subarray(at, at + rows * 8)) as Float64Array
  const reader = { at: at + rows * 8 }
  const read = (column: SpoolColumn) => readColumn(body, reader, column, rows)
  const inputs = stream.inputs.map(read)
  const outputs = body.readUInt8(1) === 1 ? stream.outputs.map(read) : undefined
  return {
    stream,
    loggedAtMs: body.readDoubleLE(16),
    status: body.readUInt16LE(2),
    requests: withOrigins(requests, numbers, body.subarray(reader.at)),
    eventTimesMs,
    inputs,
    outputs,
  }
}

function withOrigins(requests: SpoolRequest[], numbers: readonly number[], bytes: Buffer): SpoolRequest[] {
  if (bytes.length === 0) return requests
  const list = JSON.parse(bytes.toString('utf8')) as readonly Origin[] // written by `originsOf`, under a checksum
  return requests.map((request, index) => {
    const [caller, traceId] = list[(numbers[index] ?? 0) - 1] ?? []
    return { ...request, ...(caller ? { caller } : {}), ...(traceId ? { traceId } : {}) }
  })
}

function readColumn(body: Buffer, reader: { at: number }, column: SpoolColumn, rows: number): TensorData {
  const { datatype, width } = column
  const size = bytesPerElement[datatype]
  if (datatype === 'BYTES' || size === undefined) return readTexts(body, reader, rows * width)
  const start = reader.at
  reader.at += rows * width * size
  return numbersOfBytes(datatype, body.subarray(start, reader.at))
}

function readTexts(body: Buffer, reader: { at: number }, count: number): string[] {
  return Array.from({ length: count }, () => {
    const length = body.readUInt32LE(reader.at)
    const start = reader.at + 4
    reader.at = start + length
    return body.toString('utf8', start, reader.at)
  })
}
