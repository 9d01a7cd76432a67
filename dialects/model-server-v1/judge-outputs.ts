import type { PredictResult, Tensor } from '@millrace/model-serving/plane'
import { elementCount, isTexts } from '@millrace/model-serving/plane'
import { numberOfHalf } from '@millrace/model-serving/wire'
import { v1Problem } from './v1-problem.ts'

/** A class and its score. */
export interface Scored {
  readonly label: string
  readonly score: number
}

/**
 * Each row's classes with their scores, in the model's order: the widest floating-point output has the scores; a text
 * output of the same shape has the labels, else they are the columns' numbers. Throws `model-server-v1/unfit-outputs`.
 */
export function classesOf({ outputs, rows }: PredictResult): readonly (readonly Scored[])[] {
  const [scores] = floats(outputs).toSorted((a, b) => widthOf(b) - widthOf(a))
  if (scores === undefined) throw unfit('classifying needs an output of floating-point scores')
  const width = widthOf(scores)
  const labels = outputs.find(({ data }) => isTexts(data) && data.length === scores.data.length)
  return Array.from({ length: rows }, (_row, row) =>
    Array.from({ length: width }, (_column, column) => {
      const index = row * width + column
      return { label: String(labels?.data[index] ?? column), score: valueAt(scores, index) }
    }),
  )
}

/** Each row's value: of the only floating-point output, which must have one per row. Throws `model-server-v1/unfit-outputs`. */
export function valuesOf({ outputs, rows }: PredictResult): readonly number[] {
  const [values, second] = floats(outputs)
  if (values === undefined || second !== undefined || values.data.length !== rows) {
    throw unfit('regressing needs one floating-point output with one value per row')
  }
  return Array.from({ length: rows }, (_row, row) => valueAt(values, row))
}

function unfit(what: string) {
  return v1Problem['unfit-outputs']({ what })
}

function floats(outputs: readonly Tensor[]): readonly Tensor[] {
  return outputs.filter(({ datatype }) => datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16')
}

/** Elements of one row. */
function widthOf({ shape }: Tensor): number {
  return elementCount(shape.slice(1))
}

function valueAt({ data, datatype }: Tensor, index: number): number {
  const value = Number(data[index])
  return datatype === 'FP16' ? numberOfHalf(value) : value
}
