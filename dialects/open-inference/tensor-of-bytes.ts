import type { Tensor } from '@millrace/model-serving/plane'
import { elementCount } from '@millrace/model-serving/plane'
import { dataOfBytes, TensorBytesError } from '@millrace/model-serving/wire'
import { inferenceProblem } from './inference-problem.ts'

/** Reads a tensor's raw little-endian bytes. Throws `open-inference/invalid-tensor`. */
export function tensorOfBytes(head: Omit<Tensor, 'data'>, bytes: Uint8Array): Tensor {
  const { name, datatype, shape } = head
  try {
    return { name, datatype, shape, data: dataOfBytes(datatype, elementCount(shape), bytes) }
  } catch (error) {
    if (error instanceof TensorBytesError) throw inferenceProblem['invalid-tensor']({ name, what: error.message })
    throw error
  }
}
