import type { Tensor, TensorData } from '@millrace/model-serving/plane'
import { elementCount, isTexts } from '@millrace/model-serving/plane'
import { bytesOfText, numberOfHalf } from '@millrace/model-serving/wire'

/**
 * JSON of a tensor from one element on, nested by the shape: `[[1.0,2.0]]`. NaN and the infinities are bare words, as
 * TensorFlow Serving writes them; 64-bit integers are exact; texts of outputs named `…_bytes`, and those that are no
 * UTF-8, are `{"b64": …}`.
 */
export function jsonOfTensor({ name, datatype, data }: Tensor, shape: readonly number[], start = 0): string {
  return nested(elementWriter(name, datatype, data), shape, 0, start)
}

function nested(element: (index: number) => string, shape: readonly number[], axis: number, start: number): string {
  const size = shape[axis]
  if (size === undefined) return element(start)
  const width = elementCount(shape.slice(axis + 1))
  const parts: string[] = []
  for (let index = 0; index < size; index += 1) parts.push(nested(element, shape, axis + 1, start + index * width))
  return `[${parts.join(',')}]`
}

function elementWriter(name: string, datatype: Tensor['datatype'], data: TensorData): (index: number) => string {
  if (isTexts(data)) {
    const isBinary = name.endsWith('_bytes')
    return (index) => textJson(data[index] ?? '', isBinary)
  }
  if (datatype === 'BOOL') return (index) => (data[index] === 1 ? 'true' : 'false')
  if (datatype === 'FP16') return (index) => numberJson(numberOfHalf(Number(data[index])), true)
  const isFloat = datatype === 'FP32' || datatype === 'FP64'
  return (index) => numberJson(data[index] ?? 0, isFloat)
}

function textJson(text: string, isBinary: boolean): string {
  if (!isBinary && text.isWellFormed()) return JSON.stringify(text)
  return `{"b64":"${bytesOfText(text).toString('base64')}"}`
}

/** Floats keep their point, so that typed readers see floats. */
function numberJson(value: number | bigint, isFloat: boolean): string {
  const text = String(value)
  return isFloat && Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}
