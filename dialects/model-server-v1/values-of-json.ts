import type { Datatype, Tensor, TensorData, TensorSpec } from '@millrace/model-serving/plane'
import { elementCount, isTexts, newTensorData } from '@millrace/model-serving/plane'
import { halfOfNumber, textOfBytes } from '@millrace/model-serving/wire'
import { v1Problem } from './v1-problem.ts'

/**
 * A tensor from nested lists of JSON, in the datatype that the model takes. Its shape is that of the lists; where the
 * model's rows hold one value, `1` and `[1]` are the same. Binary texts come as `{"b64": …}`. Throws
 * `model-server-v1/invalid-value`.
 */
export function tensorOfValues(spec: TensorSpec, value: unknown): Tensor {
  const { name, datatype } = spec
  const shape = shapeOf(value)
  const values: unknown[] = []
  collect(name, value, shape, 0, values)
  return { name, datatype, shape: fitted(spec, shape), data: fill(spec, values) }
}

function invalid(name: string, what: string) {
  return v1Problem['invalid-value']({ name, what })
}

/** Sizes of the lists, by the first of each. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = []
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length)
    if (shape.length > 32) break
  }
  return shape
}

function collect(name: string, value: unknown, shape: readonly number[], axis: number, into: unknown[]): void {
  const size = shape[axis]
  if (size === undefined) {
    if (Array.isArray(value)) throw invalid(name, 'its lists are not all nested as deep as the first')
    into.push(value)
    return
  }
  if (!Array.isArray(value) || value.length !== size) {
    const got = Array.isArray(value) ? `a list of ${value.length}` : 'no list'
    throw invalid(name, `its lists differ: one has ${size} elements where another is ${got}`)
  }
  if (axis === shape.length - 1 && !value.some(Array.isArray)) {
    for (const one of value) into.push(one)
  } else for (const inner of value) collect(name, inner, shape, axis + 1, into)
}

/** Where rows hold one value, the model's own shape. */
function fitted(spec: TensorSpec, shape: readonly number[]): readonly number[] {
  if (shape.length === spec.shape.length) return shape
  const [rows = 1] = shape
  const rest = spec.shape.slice(1)
  const isOneEach = elementCount(shape.slice(1)) === 1 && rest.every((size) => size === 1 || size === -1)
  return isOneEach && spec.shape.length > 0 ? [rows, ...rest.map(() => 1)] : shape
}

function fill({ name, datatype }: TensorSpec, values: readonly unknown[]): TensorData {
  const data = newTensorData(datatype, values.length)
  const wrong = (index: number): never => {
    throw invalid(name, `element ${index} is ${said(values[index])}, which is no ${datatype}`)
  }
  if (isTexts(data)) return values.map((value, index) => textOf(value) ?? wrong(index))
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = bigOf(value) ?? wrong(index)
    else data[index] = numberOf(datatype, value) ?? wrong(index)
    if (!isKept(datatype, data[index], value)) wrong(index)
  }
  return data
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || !('b64' in value)) return undefined
  return typeof value.b64 === 'string' ? textOfBytes(Buffer.from(value.b64, 'base64')) : undefined
}

function bigOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
}

function numberOf(datatype: Datatype, value: unknown): number | undefined {
  if (typeof value === 'boolean') return datatype === 'BOOL' ? Number(value) : undefined
  const number = value === null && isFloat(datatype) ? Number.NaN : value
  if (typeof number !== 'number') return undefined
  return datatype === 'FP16' ? halfOfNumber(number) : number
}

function isFloat(datatype: Datatype): boolean {
  return datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16'
}

/** False when an integer was cut to its datatype. */
function isKept(datatype: Datatype, stored: number | bigint | string | undefined, value: unknown): boolean {
  if (isFloat(datatype)) return true
  if (datatype === 'BOOL') return stored === 0 || stored === 1 ? Number(value) === stored : false
  return typeof stored === 'bigint' ? stored === BigInt(value as number | bigint) : stored === value // read as one of these
}

function said(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  return (JSON.stringify(value) ?? 'missing').slice(0, 60)
}
