import type { Tensor, TensorData, TensorSpec } from '@millrace/model-serving/plane'
import { elementCount, isTexts, newTensorData } from '@millrace/model-serving/plane'

/** A tensor's elements as JSON text, flat; FP16's bits become numbers. */
export function flatJson(tensor: Tensor): string {
  return `[${elementsOf(tensor).join(',')}]`
}

/** A tensor's elements as JSON text, nested by its shape. `text` writes the elements of BYTES. */
export function nestedJson(tensor: Tensor, text?: (value: string) => string): string {
  const elements = elementsOf(tensor, text)
  let at = 0
  const write = (axis: number): string => {
    if (axis === tensor.shape.length) return elements[at++] ?? 'null'
    return `[${Array.from({ length: tensor.shape[axis] ?? 0 }, () => write(axis + 1)).join(',')}]`
  }
  return write(0)
}

function elementsOf({ data, datatype }: Tensor, text: (value: string) => string = JSON.stringify): string[] {
  if (isTexts(data)) return data.map(text)
  const elements: (number | bigint)[] = [...data]
  if (datatype === 'BOOL') return elements.map((value) => String(Boolean(value)))
  if (datatype === 'FP16') return elements.map((bits) => String(halfToNumber(Number(bits))))
  return elements.map(String)
}

/** Elements from JSON values (nested or flat) of a datatype. Throws an Error that says what does not fit. */
export function dataOfJson({ name, datatype }: TensorSpec, values: readonly unknown[]): TensorData {
  const made = newTensorData(datatype, values.length)
  if (isTexts(made)) return values.map((value) => (typeof value === 'string' ? value : textOf(value)))
  const wide = datatype === 'INT64' || datatype === 'UINT64'
  values.forEach((value, index) => {
    const number = typeof value === 'string' ? Number(value) : value
    if (typeof number !== 'number' && typeof number !== 'bigint' && typeof number !== 'boolean')
      throw new Error(`"${name}" holds what is no number`)
    const element = wide ? BigInt(number) : Number(number)
    // `datatype` says which of both the array holds.
    ;(made as unknown as (number | bigint)[])[index] = datatype === 'FP16' ? numberToHalf(Number(element)) : element
  })
  return made
}

/** The lengths of nested lists, and their elements in order. */
export function unnested(value: unknown): { shape: number[]; values: unknown[] } {
  const shape: number[] = []
  for (let at = value; Array.isArray(at); at = at[0]) shape.push(at.length)
  const values = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value]
  if (values.length !== elementCount(shape)) throw new Error('its lists have different lengths')
  return { shape, values }
}

function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'b64' in value)
    return Buffer.from(String(value.b64), 'base64').toString()
  return JSON.stringify(value)
}

function halfToNumber(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const half = new DataView(new ArrayBuffer(2))

function numberToHalf(value: number): number {
  half.setFloat16(0, value)
  return half.getUint16(0)
}
