import type { ModelRunner } from '../../../model/model-runner.ts'
import type { Tensor } from '../../../model/tensor.ts'
import { elementCount, newTensorData } from '../../../model/tensor.ts'

/** Runs longer than this would hold up the listener's loop, so they go to a thread. */
export const longestOnLoopUs = 300

/** Microseconds of one run of one row of zeros: the median of five after one to warm up; Infinity when the model refuses zeros. */
export async function measureRunUs(runner: ModelRunner): Promise<number> {
  const inputs: Tensor[] = runner.signature.inputs.map((spec) => {
    const shape = spec.shape.map((size) => (size === -1 ? 1 : size))
    return { ...spec, shape, data: newTensorData(spec.datatype, elementCount(shape)) }
  })
  const times: number[] = []
  try {
    await runner.run(inputs)
    for (let round = 0; round < 5; round += 1) {
      const start = performance.now()
      await runner.run(inputs)
      times.push((performance.now() - start) * 1000)
    }
  } catch {
    return Number.POSITIVE_INFINITY
  }
  return times.toSorted((a, b) => a - b)[2] ?? Number.POSITIVE_INFINITY
}
