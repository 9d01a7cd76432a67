import type { Tensor, TensorData } from '@millrace/model-serving/plane'
import { isTexts } from '@millrace/model-serving/plane'
import { halfOfBits } from './half.ts'

/** A tensor as nested lists that JSON can carry: NaN and infinities are null, long integers exact, BOOL true and false. */
export function valuesOfTensor(tensor: Tensor): unknown {
  return nest(leavesOf(tensor), tensor.shape)
}

/** As `valuesOfTensor`, one entry for each row. */
export function rowsOfTensor(tensor: Tensor): readonly unknown[] {
  const values = valuesOfTensor(tensor)
  return Array.isArray(values) ? (values as readonly unknown[]) : [values]
}

function leavesOf({ data, datatype }: Tensor): readonly unknown[] {
  if (isTexts(data)) return data
  if (datatype === 'BOOL') return Array.from(numbersOf(data), (value) => value !== 0)
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return Array.from<bigint, unknown>(data, ofBigint)
  const numbers = datatype === 'FP16' ? Array.from(numbersOf(data), halfOfBits) : Array.from(numbersOf(data))
  return numbers.map((value) => (Number.isFinite(value) ? value : null))
}

/** The caller has seen that it is no texts and no long integers. */
function numbersOf(data: TensorData): Float64Array {
  return data as Float64Array
}

function ofBigint(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : rawJson(value.toString())
}

/** A number's own digits, past what a double holds. Node has it; TypeScript's library does not name it yet. */
function rawJson(text: string): unknown {
  return (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON(text)
}

function nest(leaves: readonly unknown[], shape: readonly number[]): unknown {
  const [first = 0, ...rest] = shape
  if (shape.length === 0) return leaves[0] ?? null
  if (shape.length === 1) return leaves
  const width = leaves.length / Math.max(first, 1)
  return Array.from({ length: first }, (_, row) => nest(leaves.slice(row * width, (row + 1) * width), rest))
}
