import type { Datatype, Tensor, TensorData } from '@millrace/model-serving/plane'
import { elementCount, isTexts, newTensorData } from '@millrace/model-serving/plane'
import type { ProtoWriter } from '@millrace/model-serving/wire'
import { bytesOfText, ProtoReader, textOfBytes, wireType } from '@millrace/model-serving/wire'
import { inferenceProblem } from '../inference-problem.ts'

/** Fields of `InferTensorContents` by datatype; halves have none and go raw. */
const fields: Readonly<Record<Datatype, number | undefined>> = {
  BOOL: 1,
  INT8: 2,
  INT16: 2,
  INT32: 2,
  INT64: 3,
  UINT8: 4,
  UINT16: 4,
  UINT32: 4,
  UINT64: 5,
  FP16: undefined,
  FP32: 6,
  FP64: 7,
  BYTES: 8,
}

/** Reads an `InferTensorContents` as the elements of a tensor. Throws `open-inference/invalid-tensor`, `ProtoError`. */
export function readContents(head: Omit<Tensor, 'data'>, contents: Buffer | undefined): TensorData {
  const { name, datatype, shape } = head
  const field = fields[datatype]
  if (field === undefined) throw invalid(name, `${datatype} has no typed contents; send it in raw_input_contents`)
  const count = elementCount(shape)
  const values: (number | bigint | string)[] = []
  const reader = new ProtoReader(contents ?? Buffer.alloc(0))
  while (reader.next()) {
    if (reader.field === field) readValues(datatype, reader, values)
    else throw invalid(name, `its contents are in field ${reader.field}; ${datatype} goes into field ${field}`)
  }
  if (values.length !== count) {
    throw invalid(name, `it has ${values.length} elements, but its shape [${shape.join(', ')}] needs ${count}`)
  }
  return filled(name, datatype, values)
}

function invalid(name: string, what: string) {
  return inferenceProblem['invalid-tensor']({ name, what })
}

const elementTypes: Partial<Record<Datatype, number>> = {
  FP32: wireType.fixed32,
  FP64: wireType.fixed64,
  BYTES: wireType.bytes,
}

function readValues(datatype: Datatype, reader: ProtoReader, into: (number | bigint | string)[]): void {
  if (datatype === 'BYTES') {
    into.push(textOfBytes(reader.bytes()))
    return
  }
  if (reader.type !== wireType.bytes) {
    reader.expect(elementTypes[datatype] ?? wireType.varint)
    into.push(readNumber(datatype, reader))
    return
  }
  const packed = reader.message()
  while (packed.more()) into.push(readNumber(datatype, packed))
}

function readNumber(datatype: Datatype, reader: ProtoReader): number | bigint {
  if (datatype === 'FP32') return reader.float()
  if (datatype === 'FP64') return reader.double()
  if (datatype === 'UINT64') return reader.uint64()
  if (datatype === 'BOOL') return reader.bool() ? 1 : 0
  return datatype.startsWith('U') ? reader.uint32() : reader.int64()
}

function filled(name: string, datatype: Datatype, values: readonly (number | bigint | string)[]): TensorData {
  const data = newTensorData(datatype, values.length)
  if (isTexts(data)) return values.map(String)
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(value)
    else {
      data[index] = Number(value)
      if (!isFloat(datatype) && data[index] !== Number(value)) {
        throw invalid(name, `element ${index} is ${value}, which is no ${datatype}`)
      }
    }
  }
  return data
}

function isFloat(datatype: Datatype): boolean {
  return datatype === 'FP32' || datatype === 'FP64'
}

/** True when every tensor has typed contents. */
export function canBeTyped(tensors: readonly Tensor[]): boolean {
  return tensors.every(({ datatype }) => fields[datatype] !== undefined)
}

/** Writes a tensor's elements as `InferTensorContents`, into the given field. */
export function writeContents(writer: ProtoWriter, field: number, { datatype, data }: Tensor): void {
  const number = fields[datatype] ?? 0
  writer.message(field, () => {
    if (isTexts(data)) for (const text of data) writer.bytes(number, bytesOfText(text))
    else if (data instanceof Float32Array) writer.packedFloats(number, data)
    else if (data instanceof Float64Array) writer.packedDoubles(number, data)
    else writer.packed(number, data)
  })
}
