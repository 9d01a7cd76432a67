import type { Datatype, Tensor, TensorData } from '@millrace/model-serving/plane'
import { elementCount, isTexts, newTensorData } from '@millrace/model-serving/plane'
import { halfOfNumber } from '@millrace/model-serving/wire'
import { inferenceProblem } from './inference-problem.ts'

const limits: Partial<Record<Datatype, readonly [number, number]>> = {
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
}

const bigLimits: Partial<Record<Datatype, readonly [bigint, bigint]>> = {
  UINT64: [0n, 2n ** 64n - 1n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
}

type Head = Omit<Tensor, 'data'>

/** Reads a tensor's `data` (flat or nested, row-major). Throws `open-inference/invalid-tensor` naming the element. */
export function tensorOfJson(head: Head, data: unknown): Tensor {
  const { name, shape } = head
  if (!Array.isArray(data)) throw invalid(name, '"data" must be a list')
  const values = flatten(name, data, shape.length)
  const needs = elementCount(shape)
  if (values.length !== needs) {
    throw invalid(name, `it has ${values.length} elements, but its shape [${shape.join(', ')}] needs ${needs}`)
  }
  return { ...head, data: fill(head, values) }
}

function invalid(name: string, what: string) {
  return inferenceProblem['invalid-tensor']({ name, what })
}

function flatten(name: string, data: readonly unknown[], depth: number): readonly unknown[] {
  if (!data.some(Array.isArray)) return data
  const flat = data.flat(Math.max(0, depth - 1))
  if (flat.some(Array.isArray)) throw invalid(name, `its lists are nested deeper than its ${depth} dimensions`)
  return flat
}

function fill({ name, datatype }: Head, values: readonly unknown[]): TensorData {
  const data = newTensorData(datatype, values.length)
  const wrong = (index: number) => invalid(name, `element ${index} is ${said(values[index])}, which is no ${datatype}`)
  if (isTexts(data)) return texts(values, wrong)
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    values.forEach((value, index) => {
      data[index] = bigOf(datatype, value) ?? fail(wrong(index))
    })
  } else if (datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16') {
    for (let index = 0; index < values.length; index += 1) {
      const value = floatOf(values[index]) ?? fail(wrong(index))
      data[index] = datatype === 'FP16' ? halfOfNumber(value) : value
    }
  } else {
    values.forEach((value, index) => {
      data[index] = smallOf(datatype, value) ?? fail(wrong(index))
    })
  }
  return data
}

function fail(problem: Error): never {
  throw problem
}

function texts(values: readonly unknown[], wrong: (index: number) => Error): readonly string[] {
  return values.map((value, index) => (typeof value === 'string' ? value : fail(wrong(index))))
}

/** Null stands for a missing number. */
function floatOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return value === null ? Number.NaN : undefined
}

function bigOf(datatype: Datatype, value: unknown): bigint | undefined {
  const [low, high] = bigLimits[datatype] ?? [0n, 0n]
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return undefined
  const big = BigInt(value as number | bigint) // one of the two, by the line before
  return big >= low && big <= high ? big : undefined
}

function smallOf(datatype: Datatype, value: unknown): number | undefined {
  if (datatype === 'BOOL') return booleanOf(value)
  const [low, high] = limits[datatype] ?? [0, -1]
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high ? value : undefined
}

function booleanOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  return value === 0 || value === 1 ? value : undefined
}

function said(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value).slice(0, 60)
}
