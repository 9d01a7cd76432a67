import type { CheckedInputs } from '../../../model/check-inputs.ts'
import type { Tensor, TensorData } from '../../../model/tensor.ts'
import { concatData, rowWidth, sliceData } from '../../../model/tensor.ts'

/** True when two requests' inputs differ in nothing but their rows. */
export function sameRowShape(one: CheckedInputs, other: CheckedInputs): boolean {
  for (let index = 0; index < one.inputs.length; index += 1) {
    const shape = one.inputs[index]?.shape ?? []
    const otherShape = other.inputs[index]?.shape ?? []
    for (let axis = 1; axis < shape.length; axis += 1) if (shape[axis] !== otherShape[axis]) return false
  }
  return true
}

/** The inputs of several requests, their rows one after the other. */
export function mergeInputs(requests: readonly CheckedInputs[], rows: number): readonly Tensor[] {
  const [first] = requests
  if (first === undefined || requests.length === 1) return first?.inputs ?? []
  return first.inputs.map(({ name, datatype, shape }, index) => {
    const parts: TensorData[] = []
    for (const request of requests) {
      const data = request.inputs[index]?.data
      if (data !== undefined) parts.push(data)
    }
    return { name, datatype, shape: [rows, ...shape.slice(1)], data: concatData(datatype, parts) }
  })
}

/** Some rows of a batch's outputs, as views where the data is typed. */
export function rowsOf(outputs: readonly Tensor[], row: number, rows: number): readonly Tensor[] {
  return outputs.map(({ name, datatype, shape, data }) => {
    const width = rowWidth(shape)
    return {
      name,
      datatype,
      shape: [rows, ...shape.slice(1)],
      data: sliceData(data, row * width, (row + rows) * width),
    }
  })
}
