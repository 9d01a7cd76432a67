import type { Problem } from '@millrace/contract'
import { problems } from '@millrace/contract'
import type { Signature, Tensor, TensorSpec } from './tensor.ts'
import { elementCount } from './tensor.ts'

const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', '))
const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`

/** What is wrong with a prediction's inputs. All are the caller's mistakes: status 400. */
export const inputProblem = problems('model-serving/input', {
  missing: {
    status: 400,
    say: (p: { missing: readonly string[]; takes: readonly string[] }) =>
      `The input ${list(p.missing)} is missing. The model takes ${list(p.takes)}.`,
  },
  unknown: {
    status: 400,
    say: (p: { name: string; takes: readonly string[] }) =>
      `The model has no input "${p.name}". It takes ${list(p.takes)}.`,
  },
  twice: { status: 400, say: (p: { name: string }) => `The input "${p.name}" is there twice.` },
  datatype: {
    status: 400,
    say: (p: { name: string; got: string; takes: string }) =>
      `The input "${p.name}" has datatype ${p.got}; the model takes ${p.takes}.`,
  },
  shape: {
    status: 400,
    say: (p: { name: string; got: readonly number[]; takes: readonly number[] }) =>
      `The input "${p.name}" has shape ${shapeText(p.got)}; the model takes ${shapeText(p.takes)}, where -1 is any size from 1.`,
  },
  count: {
    status: 400,
    say: (p: { name: string; got: number; needs: number; shape: readonly number[] }) =>
      `The input "${p.name}" has ${p.got} elements; its shape ${shapeText(p.shape)} needs ${p.needs}.`,
  },
  rows: {
    status: 400,
    say: (p: { name: string; got: number; first: string; rows: number }) =>
      `The input "${p.name}" has ${p.got} rows, but "${p.first}" has ${p.rows}. Each row needs all inputs.`,
  },
  'event-times': {
    status: 400,
    say: (p: { reason: string }) => `The event times cannot be used: ${p.reason}.`,
  },
})

/** The extra input that carries each row's event time, epoch milliseconds; it is not given to the model. */
export const eventTimeInput = 'event_time_ms'

/** Inputs that fit a signature, in its order. */
export interface CheckedInputs {
  readonly inputs: readonly Tensor[]
  readonly rows: number
  /** One per row; undefined when the caller gave none. */
  readonly eventTimesMs: Float64Array | undefined
}

const batchable = new WeakMap<Signature, boolean>()

/** True when every input's and output's first dimension varies, so that requests may share one run. */
export function isBatchable(signature: Signature): boolean {
  let known = batchable.get(signature)
  if (known === undefined) {
    known = [...signature.inputs, ...signature.outputs].every(({ shape }) => shape[0] === -1)
    batchable.set(signature, known)
  }
  return known
}

/**
 * Checks a request's tensors against a signature: every input once, nothing unknown, datatypes, shapes, counts and rows.
 * Throws `model-serving/input/…`. `eventTimeMs` is one time for all rows, for callers that send it as a parameter.
 */
export function checkInputs(signature: Signature, tensors: readonly Tensor[], eventTimeMs?: number): CheckedInputs {
  if (areInOrder(signature, tensors)) return checkOrdered(signature, tensors, eventTimeMs)
  const byName = tensorsByName(signature, tensors)
  const missing = signature.inputs.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
  if (missing.length > 0) throw inputProblem.missing({ missing, takes: namesOf(signature) })
  const inputs: Tensor[] = []
  for (const spec of signature.inputs) {
    const tensor = byName.get(spec.name)
    if (tensor !== undefined) inputs.push(checkTensor(spec, tensor))
  }
  const rows = rowsOf(signature, inputs)
  const times = byName.get(eventTimeInput)
  const own = signature.inputs.some(({ name }) => name === eventTimeInput)
  const eventTimesMs = times === undefined || own ? timesOf(eventTimeMs, rows) : eventTimesOf(times, rows)
  return { inputs, rows, eventTimesMs }
}

/** True when the tensors are exactly the inputs, one for one: the usual request, which needs no look-up. */
function areInOrder({ inputs }: Signature, tensors: readonly Tensor[]): boolean {
  if (tensors.length !== inputs.length) return false
  for (let index = 0; index < inputs.length; index += 1) {
    if (tensors[index]?.name !== inputs[index]?.name) return false
  }
  return true
}

function checkOrdered(signature: Signature, inputs: readonly Tensor[], eventTimeMs: number | undefined): CheckedInputs {
  for (let index = 0; index < inputs.length; index += 1) {
    const [spec, tensor] = [signature.inputs[index], inputs[index]]
    if (spec !== undefined && tensor !== undefined) checkTensor(spec, tensor)
  }
  const rows = rowsOf(signature, inputs)
  return { inputs, rows, eventTimesMs: timesOf(eventTimeMs, rows) }
}

function namesOf(signature: Signature): string[] {
  return signature.inputs.map(({ name }) => name)
}

function tensorsByName(signature: Signature, tensors: readonly Tensor[]): Map<string, Tensor> {
  const known = new Set(namesOf(signature))
  const byName = new Map<string, Tensor>()
  for (const tensor of tensors) {
    const { name } = tensor
    if (byName.has(name)) throw inputProblem.twice({ name })
    if (!known.has(name) && name !== eventTimeInput) {
      throw inputProblem.unknown({ name, takes: namesOf(signature) })
    }
    byName.set(name, tensor)
  }
  return byName
}

function checkTensor(spec: TensorSpec, tensor: Tensor): Tensor {
  const { name, shape } = tensor
  if (tensor.datatype !== spec.datatype) {
    throw inputProblem.datatype({ name, got: tensor.datatype, takes: spec.datatype })
  }
  let fits = shape.length === spec.shape.length
  for (let axis = 0; fits && axis < shape.length; axis += 1) {
    const [size = 0, takes] = [shape[axis], spec.shape[axis]]
    fits = takes === -1 ? size >= 1 : size === takes
  }
  if (!fits) throw inputProblem.shape({ name, got: shape, takes: spec.shape })
  requireCount(tensor)
  return tensor
}

function requireCount({ name, shape, data }: Tensor): void {
  const needs = elementCount(shape)
  if (data.length !== needs) throw inputProblem.count({ name, got: data.length, needs, shape })
}

function rowsOf(signature: Signature, inputs: readonly Tensor[]): number {
  if (!isBatchable(signature)) return 1
  const [first] = inputs
  const rows = first?.shape[0] ?? 1
  for (const { name, shape } of inputs) {
    if (shape[0] !== rows) throw inputProblem.rows({ name, got: shape[0] ?? 0, first: first?.name ?? '', rows })
  }
  return rows
}

function timesOf(eventTimeMs: number | undefined, rows: number): Float64Array | undefined {
  if (eventTimeMs === undefined) return undefined
  return new Float64Array(rows).fill(requireTime(eventTimeMs))
}

function eventTimesOf(tensor: Tensor, rows: number): Float64Array {
  const { shape, datatype, data } = tensor
  if (datatype !== 'INT64' && datatype !== 'FP64') {
    throw wrongTimes(`the input "${eventTimeInput}" has datatype ${datatype}; send INT64 or FP64`)
  }
  const fits = shape[0] === rows && (shape.length === 1 || (shape.length === 2 && shape[1] === 1))
  if (!fits) throw wrongTimes(`their shape is ${shapeText(shape)}; it must be [${rows}] or [${rows}, 1]`)
  requireCount(tensor)
  const times = new Float64Array(rows)
  for (let row = 0; row < rows; row += 1) times[row] = requireTime(Number(data[row]))
  return times
}

function wrongTimes(reason: string): Problem {
  return inputProblem['event-times']({ reason })
}

const latestMs = 8_640_000_000_000_000

function requireTime(timeMs: number): number {
  if (Number.isInteger(timeMs) && Math.abs(timeMs) <= latestMs) return timeMs
  throw wrongTimes(`${timeMs} is not a time; send whole milliseconds since 1970, UTC`)
}
