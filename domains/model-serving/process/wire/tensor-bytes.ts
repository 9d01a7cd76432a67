import type { Datatype, TensorData } from '../../model/tensor.ts'
import { bytesOfNumbers, bytesPerElement, isTexts, numbersOfBytes } from '../../model/tensor.ts'
import { bytesOfText, textOfBytes } from './byte-text.ts'

/** Bytes that are no tensor of the datatype and size they should be; the message says what is wrong with "it". */
export class TensorBytesError extends Error {}

const views: Readonly<Record<Exclude<Datatype, 'BYTES'>, (bytes: Uint8Array, count: number) => TensorData>> = {
  BOOL: (bytes) => bytes,
  UINT8: (bytes) => bytes,
  UINT16: (bytes, count) => new Uint16Array(bytes.buffer, bytes.byteOffset, count),
  UINT32: (bytes, count) => new Uint32Array(bytes.buffer, bytes.byteOffset, count),
  UINT64: (bytes, count) => new BigUint64Array(bytes.buffer, bytes.byteOffset, count),
  INT8: (bytes, count) => new Int8Array(bytes.buffer, bytes.byteOffset, count),
  INT16: (bytes, count) => new Int16Array(bytes.buffer, bytes.byteOffset, count),
  INT32: (bytes, count) => new Int32Array(bytes.buffer, bytes.byteOffset, count),
  INT64: (bytes, count) => new BigInt64Array(bytes.buffer, bytes.byteOffset, count),
  FP16: (bytes, count) => new Uint16Array(bytes.buffer, bytes.byteOffset, count),
  FP32: (bytes, count) => new Float32Array(bytes.buffer, bytes.byteOffset, count),
  FP64: (bytes, count) => new Float64Array(bytes.buffer, bytes.byteOffset, count),
}

/**
 * A tensor's elements from raw little-endian bytes; BYTES as `u32 length, bytes` each. A large tensor that fills most of
 * its buffer is seen in place, not copied: the bytes must not change afterwards. Throws `TensorBytesError`.
 */
export function dataOfBytes(datatype: Datatype, count: number, bytes: Uint8Array): TensorData {
  const size = bytesPerElement[datatype]
  if (datatype === 'BYTES' || size === undefined) return textsOfBytes(bytes, count)
  if (bytes.length !== count * size) {
    throw new TensorBytesError(
      `it has ${bytes.length} bytes, but ${count} elements of ${datatype} take ${count * size}`,
    )
  }
  if (datatype === 'BOOL' && bytes.some((value) => value > 1)) {
    throw new TensorBytesError('a BOOL is one byte, 0 or 1')
  }
  const inPlace = bytes.length >= 4096 && bytes.byteOffset % size === 0 && bytes.length * 2 > bytes.buffer.byteLength
  return inPlace ? views[datatype](plainView(bytes), count) : numbersOfBytes(datatype, bytes)
}

/** Of a Buffer too, so that a model gets the same kind of array whatever the transport. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The raw little-endian bytes of a tensor's elements, numbers not copied; BYTES as `u32 length, bytes` each. */
export function bytesOfData(data: TensorData): Uint8Array {
  if (!isTexts(data)) return bytesOfNumbers(data)
  const parts = data.flatMap((text) => {
    const bytes = bytesOfText(text)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(parts)
}

function textsOfBytes(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const texts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at + 4
    const end = start <= bytes.length ? start + view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (end > bytes.length) throw new TensorBytesError(`its element ${texts.length} is cut off`)
    texts.push(textOfBytes(bytes.subarray(start, end)))
    at = end
  }
  if (texts.length !== count) {
    throw new TensorBytesError(`it has ${texts.length} elements, but its shape needs ${count}`)
  }
  return texts
}
