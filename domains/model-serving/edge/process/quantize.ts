import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ModelRunner } from '../../model/model-runner.ts'
import type { Tensor } from '../../model/tensor.ts'
import { elementCount, newTensorData } from '../../model/tensor.ts'
import { edgeProblem } from '../model/edge-problems.ts'

const script = `
import sys
from onnxruntime.quantization import QuantType, quantize_dynamic
quantize_dynamic(sys.argv[1], sys.argv[2], weight_type=QuantType.QInt8)
`

/** Dynamic int8 quantisation of the weights, by onnxruntime's own tool. Throws `model-export/no-quantizer`. */
export async function quantizeInt8(python: string, from: string, to: string): Promise<void> {
  try {
    await promisify(execFile)(python, ['-c', script, from, to])
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const reason = text.trim().split('\n').at(-1)?.slice(0, 200) ?? text
    throw edgeProblem['no-quantizer']({ python, reason }, error)
  }
}

/** How far two models' numeric outputs lie apart on the same rows. */
export interface OutputDifference {
  readonly rows: number
  /** `sample`: rows that were given; `synthetic`: standard normal numbers. */
  readonly from: 'sample' | 'synthetic'
  readonly outputs: readonly { readonly name: string; readonly largest: number; readonly mean: number }[]
}

/** Runs both models on the same inputs. */
export async function compareOutputs(
  one: ModelRunner,
  other: ModelRunner,
  inputs: readonly Tensor[],
  from: OutputDifference['from'],
): Promise<OutputDifference> {
  const [before, after] = [await one.run(inputs), await other.run(inputs)]
  const outputs = before.map(({ name, data }, at) => {
    const differences = Array.from({ length: data.length }, (_, index) =>
      Math.abs(Number(data[index]) - Number(after[at]?.data[index])),
    )
    const sum = differences.reduce((total, each) => total + each, 0)
    return {
      name,
      largest: differences.reduce((most, each) => Math.max(most, each), 0),
      mean: sum / differences.length,
    }
  })
  return { rows: inputs[0]?.shape[0] ?? 0, from, outputs }
}

/** Standard normal rows (Box and Muller 1958), the same for the same model: a mulberry32 sequence from a fixed seed. */
export function syntheticRows({ signature }: ModelRunner, rows: number): Tensor[] {
  const random = mulberry32(20_240_501)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return signature.inputs.map(({ name, datatype, shape }) => {
    const known = shape.map((size, at) => (at === 0 ? rows : Math.max(1, size)))
    const data = newTensorData(datatype, elementCount(known))
    if (data instanceof Float32Array || data instanceof Float64Array)
      for (let at = 0; at < data.length; at += 1) data[at] = normal()
    return { name, datatype, shape: known, data }
  })
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
