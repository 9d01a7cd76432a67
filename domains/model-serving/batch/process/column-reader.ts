import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api'
import type { NumberData, Tensor, TensorData } from '../../model/tensor.ts'
import { isTexts, newTensorData } from '../../model/tensor.ts'
import type { InputColumns } from '../model/batch-plan.ts'

/** Collects chunks of the engine into the tensors of one batch. */
export interface BatchBuffer {
  readonly rows: number
  /** Takes rows of a chunk from `start`, as many as there is room for; gives how many. Throws `MissingValue`. */
  take(chunk: DuckDBDataChunk, start: number): number
  /** The batch as the model takes it; the buffer is empty then and has given its memory away. */
  tensors(): Tensor[]
}

/** A value is missing where the model's datatype has no way to say so. */
export class MissingValue extends Error {
  readonly column: string
  readonly datatype: string

  constructor(column: string, datatype: string) {
    super(`"${column}" has missing values`)
    this.column = column
    this.datatype = datatype
  }
}

/** A buffer for batches of at most `capacity` rows. */
export function createBatchBuffer(inputs: readonly InputColumns[], capacity: number): BatchBuffer {
  const fresh = () => inputs.map((input) => newTensorData(input.datatype, capacity * input.expressions.length))
  let data = fresh()
  let rows = 0
  return {
    get rows() {
      return rows
    },
    take: (chunk, start) => {
      const count = Math.min(chunk.rowCount - start, capacity - rows)
      let column = 0
      for (const [at, input] of inputs.entries()) {
        const into = data[at]
        if (into === undefined) continue
        for (let offset = 0; offset < input.expressions.length; offset += 1) {
          copyColumn(chunk.getColumnVector(column), { start, count }, into, { rows, offset, input })
          column += 1
        }
      }
      rows += count
      return count
    },
    tensors: () => {
      const tensors = inputs.map((input, at) => toTensor(input, data[at] ?? [], rows))
      data = fresh()
      rows = 0
      return tensors
    },
  }
}

interface Target {
  /** Rows that are in the buffer already. */
  readonly rows: number
  /** Which element of a row. */
  readonly offset: number
  readonly input: InputColumns
}

function copyColumn(
  vector: DuckDBVector,
  { start, count }: { readonly start: number; readonly count: number },
  into: TensorData,
  { rows, offset, input }: Target,
): void {
  const width = input.expressions.length
  const items: unknown = Reflect.get(vector, 'items') // the engine's memory itself; its getter boxes every value
  if (items instanceof Float32Array && into instanceof Float32Array) {
    return copyNumbers(items, start, count, { into, at: rows * width + offset, width })
  }
  if (items instanceof Float64Array && into instanceof Float64Array) {
    return copyNumbers(items, start, count, { into, at: rows * width + offset, width })
  }
  for (let index = 0; index < count; index += 1) {
    const value = vector.getItem(start + index)
    if (value === null) throw new MissingValue(input.columns[offset] ?? input.name, input.datatype)
    // The expression's cast made the engine's type that of the datatype.
    ;(into as unknown[])[(rows + index) * width + offset] = value
  }
}

function copyNumbers(
  items: NumberData,
  start: number,
  count: number,
  { into, at, width }: { readonly into: NumberData; readonly at: number; readonly width: number },
): void {
  if (width === 1) into.set(items.subarray(start, start + count), at)
  else for (let index = 0; index < count; index += 1) into[at + index * width] = items[start + index] ?? 0
}

function toTensor({ name, datatype, shape, expressions }: InputColumns, data: TensorData, rows: number): Tensor {
  const used = rows * expressions.length
  const whole = data.length === used ? data : isTexts(data) ? data.slice(0, used) : data.subarray(0, used)
  return { name, datatype, shape: shape.length === 0 ? [rows] : [rows, ...shape.slice(1)], data: whole }
}
