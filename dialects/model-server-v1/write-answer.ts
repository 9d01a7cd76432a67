import type { PredictResult, Tensor, WireAnswer } from '@millrace/model-serving/plane'
import { elementCount } from '@millrace/model-serving/plane'
import { v1Problem } from './v1-problem.ts'
import { jsonOfTensor } from './values-to-json.ts'

const headers = { 'content-type': 'application/json' }

/** `predictions`, one per row: bare values of a single output, objects of several. Throws `model-server-v1/unfit-outputs`. */
export function writeRows({ outputs, rows }: PredictResult): WireAnswer {
  const count = outputs[0]?.shape[0] ?? rows
  const other = outputs.find(({ shape }) => shape[0] !== count)
  if (other !== undefined) {
    const what = `the output "${other.name}" has not one value per row; send "inputs" to get outputs whole`
    throw v1Problem['unfit-outputs']({ what })
  }
  const predictions: string[] = []
  for (let row = 0; row < count; row += 1) predictions.push(rowOf(outputs, row))
  return { status: 200, headers, body: `{"predictions":[${predictions.join(',')}]}` }
}

function rowOf(outputs: readonly Tensor[], row: number): string {
  const values = outputs.map((output) => {
    const rest = output.shape.slice(1)
    return jsonOfTensor(output, rest, row * elementCount(rest))
  })
  const [only] = values
  return values.length === 1 && only !== undefined ? only : objectOf(outputs, values)
}

function objectOf(outputs: readonly Tensor[], values: readonly string[]): string {
  return `{${outputs.map(({ name }, index) => `${JSON.stringify(name)}:${values[index] ?? 'null'}`).join(',')}}`
}

/** `outputs`: the bare tensor of a single output, an object of several. */
export function writeColumns({ outputs }: PredictResult): WireAnswer {
  const values = outputs.map((output) => jsonOfTensor(output, output.shape))
  const [only] = values
  const whole = values.length === 1 && only !== undefined ? only : objectOf(outputs, values)
  return { status: 200, headers, body: `{"outputs":${whole}}` }
}

/** An answer of JSON. */
export function json(status: number, body: unknown): WireAnswer {
  return { status, headers, body: JSON.stringify(body) }
}
