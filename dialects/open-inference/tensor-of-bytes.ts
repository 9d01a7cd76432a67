import type { Tensor, TensorData } from '@millrace/model-serving/plane'
import { bytesOfNumbers, bytesPerElement, elementCount, isTexts, numbersOfBytes } from '@millrace/model-serving/plane'
import { inferenceProblem } from './inference-problem.ts'

/** Reads a tensor's raw little-endian bytes. Throws `open-inference/invalid-tensor`. */
export function tensorOfBytes(head: Omit<Tensor, 'data'>, bytes: Uint8Array): Tensor {
  const { name, datatype, shape } = head
  const needs = elementCount(shape)
  const size = bytesPerElement[datatype]
  if (datatype === 'BYTES' || size === undefined) return { ...head, data: textsOf(name, bytes, needs) }
  if (bytes.length !== needs * size) {
    throw invalid(name, `it has ${bytes.length} bytes, but ${needs} elements of ${datatype} take ${needs * size}`)
  }
  const data = numbersOfBytes(datatype, bytes)
  if (datatype === 'BOOL' && data instanceof Uint8Array && data.some((value) => value > 1)) {
    throw invalid(name, 'a BOOL is one byte, 0 or 1')
  }
  return { ...head, data }
}

/** The bytes of a tensor as the binary extension sends them. */
export function bytesOfTensor(data: TensorData): Uint8Array {
  if (!isTexts(data)) return bytesOfNumbers(data)
  const parts = data.flatMap((text) => {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(parts)
}

function invalid(name: string, what: string) {
  return inferenceProblem['invalid-tensor']({ name, what })
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Elements of BYTES: `u32 length, bytes` each, read as UTF-8. */
function textsOf(name: string, bytes: Uint8Array, needs: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const texts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at + 4
    const end = start <= bytes.length ? start + view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (end > bytes.length) throw invalid(name, `its element ${texts.length} is cut off`)
    texts.push(textOf(name, bytes.subarray(start, end), texts.length))
    at = end
  }
  if (texts.length !== needs) throw invalid(name, `it has ${texts.length} elements, but its shape needs ${needs}`)
  return texts
}

function textOf(name: string, bytes: Uint8Array, index: number): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalid(name, `its element ${index} is not UTF-8`)
  }
}
