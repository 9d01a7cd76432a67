import type { Tensor } from '@millrace/model-serving/plane'
import { rowsOfTensor, valuesOfTensor } from './values-of-tensor.ts'

/** Outputs that an answer without names means: the predictions, where a model gives probabilities beside them. */
export function mainOutputs(outputs: readonly Tensor[]): readonly Tensor[] {
  const predictions = outputs.find(({ name }) => name === 'predictions')
  return predictions === undefined ? outputs : [predictions]
}

/** One entry for each row: the value of the only output, or an object of all by name. */
export function predictionsOf(outputs: readonly Tensor[]): readonly unknown[] {
  const [only] = outputs
  if (only === undefined) return []
  if (outputs.length === 1) return rowsOfTensor(only)
  const columns = outputs.map((output) => ({ name: output.name, rows: rowsOfTensor(output) }))
  const count = Math.max(...columns.map(({ rows }) => rows.length))
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(({ name, rows }) => [name, rows[row] ?? null])),
  )
}

/** The only output's values, or all outputs' by name. */
export function outputsByName(outputs: readonly Tensor[]): unknown {
  const [only] = outputs
  if (only !== undefined && outputs.length === 1) return valuesOfTensor(only)
  return Object.fromEntries(outputs.map((output) => [output.name, valuesOfTensor(output)]))
}
