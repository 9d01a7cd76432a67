import type { Datatype, Tensor, TensorData } from '@millrace/model-serving/plane'
import { elementCount, isTexts, newTensorData } from '@millrace/model-serving/plane'
import type { ProtoWriter } from '@millrace/model-serving/wire'
import {
  bytesOfText,
  dataOfBytes,
  ProtoReader,
  TensorBytesError,
  textOfBytes,
  wireType,
} from '@millrace/model-serving/wire'
import { tensorflowTypes } from '../describe.ts'
import { v1Problem } from '../v1-problem.ts'

/** Field of a `TensorProto` with the elements of a datatype. */
const fields: Readonly<Record<Datatype, number>> = {
  FP32: 5,
  FP64: 6,
  INT32: 7,
  INT16: 7,
  UINT16: 7,
  INT8: 7,
  UINT8: 7,
  BYTES: 8,
  INT64: 10,
  BOOL: 11,
  FP16: 13,
  UINT32: 16,
  UINT64: 17,
}

const datatypeOf = new Map(
  Object.entries(tensorflowTypes).map(([datatype, number]) => [number, datatype as Datatype]), // the record's own keys
)

/** Two 64-bit sizes multiplied would not stay exact; no tensor in a message is larger. */
const mostElements = 2 ** 31

/** Reads a `TensorProto`; a list shorter than the shape repeats its last element. Throws `model-server-v1/invalid-value`, `ProtoError`. */
export function readTensorProto(name: string, bytes: Buffer): Tensor {
  const { type, shape, content } = readHead(name, bytes)
  const datatype = datatypeOf.get(type)
  if (datatype === undefined) throw invalid(name, `its dtype ${type} is none of those that models take here`)
  const count = elementCount(shape)
  if (count > mostElements) throw invalid(name, `its shape [${shape.join(', ')}] is too large`)
  const head = { name, datatype, shape }
  if (content === undefined || content.length === 0) return { ...head, data: typed(name, datatype, count, bytes) }
  try {
    return { ...head, data: dataOfBytes(datatype, count, content) }
  } catch (error) {
    if (error instanceof TensorBytesError) throw invalid(name, error.message)
    throw error
  }
}

function readHead(
  name: string,
  bytes: Buffer,
): { type: number; shape: readonly number[]; content: Buffer | undefined } {
  let type = 0
  let shape: readonly number[] = []
  let content: Buffer | undefined
  const reader = new ProtoReader(bytes)
  while (reader.next()) {
    if (reader.field === 1) type = reader.uint32()
    else if (reader.field === 2) shape = readShape(name, reader.message())
    else if (reader.field === 4) content = reader.bytes()
    else reader.skip()
  }
  return { type, shape, content }
}

function invalid(name: string, what: string) {
  return v1Problem['invalid-value']({ name, what })
}

function readShape(name: string, reader: ProtoReader): number[] {
  const shape: number[] = []
  while (reader.next()) {
    if (reader.field === 2) shape.push(readSize(reader.message()))
    else if (reader.field === 3 && reader.bool()) throw invalid(name, 'its shape has an unknown rank')
    else if (reader.field !== 3) reader.skip()
  }
  if (shape.every((size) => size >= 0 && Number.isSafeInteger(size))) return shape
  throw invalid(name, `its shape [${shape.join(', ')}] has no sizes`)
}

function readSize(reader: ProtoReader): number {
  let size = 0
  while (reader.next()) {
    if (reader.field === 1) size = Number(reader.int64())
    else reader.skip()
  }
  return size
}

function typed(name: string, datatype: Datatype, count: number, bytes: Buffer): TensorData {
  const values: (number | bigint | string)[] = []
  const reader = new ProtoReader(bytes)
  while (reader.next()) {
    if (reader.field === fields[datatype]) readValues(datatype, reader, values)
    else reader.skip()
  }
  if (values.length > count || (values.length === 0 && count > 0)) {
    throw invalid(name, `it has ${values.length} elements, but its shape needs ${count}`)
  }
  return filled(datatype, count, values)
}

function filled(datatype: Datatype, count: number, values: readonly (number | bigint | string)[]): TensorData {
  const last = values.at(-1) ?? 0
  const data = newTensorData(datatype, count)
  if (isTexts(data)) return Array.from(data, (_text, index) => String(values[index] ?? last))
  for (let index = 0; index < count; index += 1) {
    const value = values[index] ?? last
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(value)
    else data[index] = Number(value)
  }
  return data
}

function readValues(datatype: Datatype, reader: ProtoReader, into: (number | bigint | string)[]): void {
  if (datatype === 'BYTES') into.push(textOfBytes(reader.bytes()))
  else if (reader.type === wireType.bytes) {
    const packed = reader.message()
    while (packed.more()) into.push(readNumber(datatype, packed))
  } else {
    const single = { FP32: wireType.fixed32, FP64: wireType.fixed64 } as Partial<Record<Datatype, number>>
    reader.expect(single[datatype] ?? wireType.varint)
    into.push(readNumber(datatype, reader))
  }
}

function readNumber(datatype: Datatype, reader: ProtoReader): number | bigint {
  if (datatype === 'FP32') return reader.float()
  if (datatype === 'FP64') return reader.double()
  if (datatype === 'UINT64') return reader.uint64()
  if (datatype === 'BOOL') return reader.bool() ? 1 : 0
  return datatype === 'UINT32' || datatype === 'FP16' ? reader.uint32() : reader.int64()
}

/** Writes a tensor as a `TensorProto` with typed fields, as TensorFlow Serving answers, into the given field. */
export function writeTensorProto(writer: ProtoWriter, field: number, { datatype, shape, data }: Tensor): void {
  writer.message(field, () => {
    writer.integer(1, tensorflowTypes[datatype])
    writer.message(2, () => {
      for (const size of shape) writer.message(2, () => writer.integer(1, size))
    })
    const number = fields[datatype]
    if (isTexts(data)) for (const text of data) writer.bytes(number, bytesOfText(text))
    else if (data instanceof Float32Array) writer.packedFloats(number, data)
    else if (data instanceof Float64Array) writer.packedDoubles(number, data)
    else writer.packed(number, data)
  })
}
