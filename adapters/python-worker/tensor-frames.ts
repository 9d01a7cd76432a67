import type { Datatype, Signature, Tensor, TensorSpec } from '@millrace/model-serving/plane'
import { bytesOfNumbers, bytesPerElement, elementCount, isTexts, numbersOfBytes } from '@millrace/model-serving/plane'
import type { Frame } from './frames.ts'
import { frameOf, mostRows, operation } from './frames.ts'
import { pythonProblem } from './python-problem.ts'

/** Bytes of one row, where every tensor varies in its first dimension alone and its elements have one size. */
export type RowBytes = readonly number[] | undefined

/** Undefined when tensors of these specs need shapes beside them. */
export function rowBytesOf(specs: readonly TensorSpec[]): RowBytes {
  const sizes: number[] = []
  for (const { datatype, shape } of specs) {
    const size = bytesPerElement[datatype]
    if (size === undefined || shape[0] !== -1 || shape.slice(1).includes(-1)) return undefined
    sizes.push(size * elementCount(shape.slice(1)))
  }
  return sizes.length === 0 ? undefined : sizes
}

/** The frame of one run: the short form where the signature allows it, else with shapes. */
export function runFrame(id: number, inputs: readonly Tensor[], rowBytes: RowBytes): Uint8Array[] {
  const parts = inputs.map(bytesOf)
  const rows = inputs[0]?.shape[0] ?? 0
  if (rowBytes !== undefined && rows > 0 && rows <= mostRows) return frameOf(operation.rows, id, rows, parts)
  const head = Buffer.from(JSON.stringify(inputs.map(({ shape }, index) => [shape, parts[index]?.byteLength ?? 0])))
  return frameOf(operation.tensors, id, 0, [lengthOf(head.length), head, ...parts])
}

/** The frame of a raw request. */
export function invokeFrame(id: number, head: unknown, body: Uint8Array): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head))
  return frameOf(operation.invoke, id, 0, [lengthOf(text.length), text, body])
}

/** The outputs in an answer. Throws `python-worker/wrong-output`: a sandboxed model may send anything. */
export function outputsOf(frame: Frame, signature: Signature, rowBytes: RowBytes): readonly Tensor[] {
  try {
    return frame.operation === operation.rows ? rowsOf(frame, signature, rowBytes) : shapedOf(frame, signature)
  } catch (error) {
    if (pythonProblem['wrong-output'].is(error)) throw error
    throw wrong('it is not in the form that was agreed', error)
  }
}

function rowsOf({ rows, payload }: Frame, { outputs }: Signature, rowBytes: RowBytes): Tensor[] {
  if (rowBytes === undefined) throw wrong('its outputs need shapes')
  if (payload.length !== rows * rowBytes.reduce((sum, bytes) => sum + bytes, 0)) throw wrong('it has a wrong length')
  let at = 0
  return outputs.map((spec, index) => {
    const bytes = payload.subarray(at, (at += rows * (rowBytes[index] ?? 0)))
    return { ...spec, shape: [rows, ...spec.shape.slice(1)], data: dataOf(spec.datatype, bytes) }
  })
}

function shapedOf({ payload }: Frame, { outputs }: Signature): Tensor[] {
  const headEnd = 4 + payload.readUInt32LE(0)
  const heads: unknown = JSON.parse(payload.toString('utf8', 4, headEnd))
  if (!Array.isArray(heads) || heads.length !== outputs.length) throw wrong('it has another number of outputs')
  let at = headEnd
  return outputs.map((spec, index) => {
    const { shape, length } = headOf(heads[index])
    const data = dataOf(spec.datatype, payload.subarray(at, (at += length)))
    if (data.length !== elementCount(shape)) throw wrong(`"${spec.name}" does not fill its shape`)
    return { ...spec, shape, data }
  })
}

function headOf(head: unknown): { shape: number[]; length: number } {
  const both: readonly unknown[] = Array.isArray(head) ? head : []
  const [shape, length] = both
  if (!Array.isArray(shape) || !shape.every(isSize) || !isSize(length)) throw wrong('it has no shapes')
  return { shape, length }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function dataOf(datatype: Datatype, bytes: Buffer): Tensor['data'] {
  return datatype === 'BYTES' ? textsOf(bytes) : numbersOfBytes(datatype, bytes)
}

function textsOf(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at)
    texts.push(bytes.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return texts
}

function bytesOf({ data }: Tensor): Uint8Array {
  if (!isTexts(data)) return bytesOfNumbers(data)
  const parts: Buffer[] = []
  for (const text of data) {
    const bytes = Buffer.from(text)
    parts.push(lengthOf(bytes.length), bytes)
  }
  return Buffer.concat(parts)
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(length, 0)
  return bytes
}

function wrong(reason: string, cause?: unknown): Error {
  return pythonProblem['wrong-output']({ reason }, cause)
}
