import type { Problem } from '@millrace/contract'
import type { Signature, Tensor } from '../../../model/tensor.ts'
import { elementCount } from '../../../model/tensor.ts'
import { planeProblem } from '../plane-problems.ts'

/** Why a model's outputs are not what it promised: another number of them, another shape, missing rows; undefined when they are. */
export function faultyOutputs(
  signature: Signature,
  outputs: readonly Tensor[],
  rows: number | undefined,
): Problem | undefined {
  if (outputs.length !== signature.outputs.length) {
    return faulty(`it gave ${outputs.length} outputs where it promises ${signature.outputs.length}`)
  }
  for (let index = 0; index < outputs.length; index += 1) {
    const [output, promised] = [outputs[index], signature.outputs[index]]
    const fault = output === undefined || promised === undefined ? undefined : faultOf(output, promised.shape, rows)
    if (fault !== undefined) return faulty(fault)
  }
  return undefined
}

function faultOf({ name, shape, data }: Tensor, promised: readonly number[], rows: number | undefined) {
  if (!fits(shape, promised)) {
    return `its output "${name}" has shape [${shape.join(', ')}] where it promises [${promised.join(', ')}]`
  }
  if (rows !== undefined && shape[0] !== rows)
    return `its output "${name}" has ${shape[0]} rows for ${rows} rows of input`
  if (data.length === elementCount(shape)) return undefined
  return `its output "${name}" has ${data.length} elements for its shape [${shape.join(', ')}]`
}

function fits(shape: readonly number[], promised: readonly number[]): boolean {
  if (shape.length !== promised.length) return false
  for (let axis = 0; axis < shape.length; axis += 1) {
    if (promised[axis] !== -1 && promised[axis] !== shape[axis]) return false
  }
  return true
}

/** The model's fault of answering with nothing but NaN to inputs that have none; undefined otherwise. */
export function onlyNaN(inputs: readonly Tensor[], outputs: readonly Tensor[]): Problem | undefined {
  let floating = 0
  for (const { data } of outputs) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined
    floating += data.length
    for (const value of data) if (!Number.isNaN(value)) return undefined
  }
  const asked = ({ data }: Tensor) =>
    (data instanceof Float32Array || data instanceof Float64Array) && data.some(Number.isNaN)
  return floating === 0 || inputs.some(asked) ? undefined : faulty('it answered with nothing but NaN')
}

function faulty(what: string): Problem {
  return planeProblem['model-output']({ what })
}
