import type { Datatype, Tensor, TensorData, TensorSpec } from '@millrace/model-serving/plane'
import { elementCount, newTensorData } from '@millrace/model-serving/plane'
import { bitsOfHalf } from './half.ts'
import { valueProblem } from './value-problem.ts'

/**
 * A value or nested list as a tensor of a spec's name and datatype, in the spec's number of dimensions where only
 * dimensions of one are missing or too many. Texts that spell numbers are numbers; null is NaN where the type has it;
 * `{"b64": …}` is bytes. Throws `scoring/ragged`, `scoring/value`.
 */
export function tensorOfValues(spec: TensorSpec, values: unknown): Tensor {
  const shape = shapeOf(values)
  const data = newTensorData(spec.datatype, elementCount(shape))
  const end = fill({ spec, data, shape }, values, 0, 0)
  if (end !== data.length) throw valueProblem.ragged({ name: spec.name })
  return { name: spec.name, datatype: spec.datatype, shape: fitRank(shape, spec.shape), data }
}

function shapeOf(values: unknown): number[] {
  const shape: number[] = []
  for (let at: unknown = values; Array.isArray(at) && shape.length < deepest; at = (at as readonly unknown[])[0]) {
    shape.push(at.length)
  }
  return shape
}

const deepest = 16

interface Filling {
  readonly spec: TensorSpec
  readonly data: TensorData
  readonly shape: readonly number[]
}

/** Writes from `at` on; gives where it ended. */
function fill(filling: Filling, values: unknown, depth: number, at: number): number {
  const { spec, data, shape } = filling
  if (depth === shape.length) {
    if (Array.isArray(values)) throw valueProblem.ragged({ name: spec.name })
    setValue(data, at, values, spec)
    return at + 1
  }
  if (!Array.isArray(values) || values.length !== shape[depth]) throw valueProblem.ragged({ name: spec.name })
  let end = at
  for (const value of values as readonly unknown[]) end = fill(filling, value, depth + 1, end)
  return end
}

/** A column is as good as a matrix of one column, a lone row as good as a list of one, a value as good as a tensor of one. */
function fitRank(shape: readonly number[], wanted: readonly number[]): readonly number[] {
  if (shape.length === 0) return wanted.map(() => 1)
  if (shape.length + 1 === wanted.length) {
    if (wanted.at(-1) === 1) return [...shape, 1]
    if (wanted[0] === -1 && shape.every((size, axis) => size === wanted[axis + 1])) return [1, ...shape]
  }
  return shape.length === wanted.length + 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape
}

/** Writes one value into a tensor's data. Throws `scoring/value`. */
export function setValue(
  data: TensorData,
  at: number,
  value: unknown,
  spec: Pick<TensorSpec, 'name' | 'datatype'>,
): void {
  const { datatype } = spec
  if (datatype === 'BYTES') (data as string[])[at] = textOf(value, spec) // BYTES are texts
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[at] = bigOf(value, spec)
  else {
    const number = floating.has(datatype) ? floatOf(value, spec) : integerOf(value, spec)
    ;(data as Float64Array)[at] = datatype === 'FP16' ? bitsOfHalf(number) : number // any typed array of numbers
  }
}

const floating: ReadonlySet<Datatype> = new Set(['FP16', 'FP32', 'FP64'])

function floatOf(value: unknown, spec: Pick<TensorSpec, 'name' | 'datatype'>): number {
  if (typeof value === 'number') return value
  if (value === null || value === undefined) return Number.NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return Number(value)
  return numberInText(value, spec)
}

const limits: Readonly<Partial<Record<Datatype, readonly [number, number]>>> = {
  BOOL: [0, 1],
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
}

function integerOf(value: unknown, spec: Pick<TensorSpec, 'name' | 'datatype'>): number {
  const number =
    typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : numberInText(value, spec)
  const [least, most] = limits[spec.datatype] ?? [0, 0]
  if (!Number.isInteger(number) || number < least || number > most) throw wrong(value, spec)
  return number
}

const longLimits = { INT64: [-(2n ** 63n), 2n ** 63n - 1n], UINT64: [0n, 2n ** 64n - 1n] } as const

function bigOf(value: unknown, spec: Pick<TensorSpec, 'name' | 'datatype'>): bigint {
  const [least, most] = longLimits[spec.datatype === 'UINT64' ? 'UINT64' : 'INT64']
  const big = wholeOf(value)
  if (big === undefined || big < least || big > most) throw wrong(value, spec)
  return big
}

function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^\s*[+-]?\d{1,20}(\.0*)?\s*$/.test(value)
    ? BigInt(value.trim().replace(/^\+/, '').replace(/\..*$/, ''))
    : undefined
}

const spelled: Readonly<Record<string, number>> = {
  true: 1,
  false: 0,
  nan: Number.NaN,
  inf: Infinity,
  '-inf': -Infinity,
}

function numberInText(value: unknown, spec: Pick<TensorSpec, 'name' | 'datatype'>): number {
  if (typeof value !== 'string') throw wrong(value, spec)
  const text = value.trim()
  const number = spelled[text.toLowerCase()] ?? (text === '' ? undefined : Number(text))
  if (number === undefined || (Number.isNaN(number) && text.toLowerCase() !== 'nan')) throw wrong(value, spec)
  return number
}

function textOf(value: unknown, spec: Pick<TensorSpec, 'name' | 'datatype'>): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null && 'b64' in value && typeof value.b64 === 'string') {
    return Buffer.from(value.b64, 'base64').toString('utf8')
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  throw wrong(value, spec)
}

function wrong(value: unknown, { name, datatype }: Pick<TensorSpec, 'name' | 'datatype'>) {
  return valueProblem.value({ name, got: said(value), takes: datatype })
}

function said(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60)
}
