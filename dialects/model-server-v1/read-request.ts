import type { Signature, Tensor, TensorSpec } from '@millrace/model-serving/plane'
import { parseExactly, parseTolerantly } from '@millrace/model-serving/wire'
import { v1Problem } from './v1-problem.ts'
import { tensorOfValues } from './values-of-json.ts'

/** An object of JSON. */
export type Members = Readonly<Record<string, unknown>>

/** Row by row (`instances`), or column by column (`inputs`): the answer has the form of the question. */
export interface ReadRequest {
  readonly form: 'rows' | 'columns'
  readonly tensors: readonly Tensor[]
}

/** Parses a body; integers beyond 2^53 stay exact where a model takes 64 bits. Throws `model-server-v1/malformed-json`, `…/invalid-request`. */
export function membersOf(body: Uint8Array, { inputs }: Signature): Members {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const isExact = inputs.some(({ datatype }) => datatype === 'INT64' || datatype === 'UINT64') && /\d{16}/.test(text)
  let value: unknown
  try {
    value = isExact ? parseExactly(text) : parseTolerantly(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 300) : String(error)
    throw v1Problem['malformed-json']({ reason }, error)
  }
  if (isMembers(value)) return value
  throw invalid('the body must be an object')
}

/** Reads `instances` or `inputs`. Throws problems with status 400 alone. */
export function readRequest(request: Members, signature: Signature): ReadRequest {
  requireSignature(request)
  const { instances, inputs } = request
  if (instances !== undefined && inputs !== undefined) throw invalid('it has both "instances" and "inputs"; send one')
  if (instances !== undefined) return { form: 'rows', tensors: rowTensors(instances, signature) }
  if (inputs !== undefined) return { form: 'columns', tensors: columnTensors(inputs, signature) }
  throw invalid('it has neither "instances" nor "inputs"')
}

/** Models have one signature here. Throws `model-server-v1/unknown-signature`. */
export function requireSignature({ signature_name: name }: Members): void {
  if (name === undefined || name === '' || name === 'serving_default') return
  throw v1Problem['unknown-signature']({ name: (JSON.stringify(name) ?? '').replaceAll('"', '').slice(0, 100) })
}

/** True for an object that is no binary text. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNamed(value: unknown): value is Members {
  return isMembers(value) && !('b64' in value && Object.keys(value).length === 1)
}

function invalid(what: string) {
  return v1Problem['invalid-request']({ what })
}

function rowTensors(instances: unknown, { inputs }: Signature): Tensor[] {
  if (!Array.isArray(instances)) throw invalid('"instances" must be a list')
  if (instances.length === 0) throw invalid('"instances" must have at least one element')
  const [first] = instances as readonly unknown[]
  if (isNamed(first)) return tensorsOfObjects('instance', instances, inputs)
  const [only] = inputs
  if (inputs.length === 1 && only !== undefined) return [tensorOfValues(only, instances)]
  return positional(instances, inputs)
}

/** One tensor for each input from objects of the same names, one per row; names that the model lacks are refused with it. */
export function tensorsOfObjects(what: string, rows: readonly unknown[], inputs: readonly TensorSpec[]): Tensor[] {
  const objects = rows.map((row, index) => {
    if (isNamed(row)) return row
    throw invalid(`${what} ${index} must be an object of names and values, as the first is`)
  })
  const names = Object.keys(objects[0] ?? {})
  return names.map((name) => {
    const spec = inputs.find((input) => input.name === name) ?? { name, datatype: 'FP32', shape: [-1] }
    if (!inputs.includes(spec)) return unknownInput(spec)
    const column = objects.map((object, index) => {
      if (Object.keys(object).length === names.length && name in object) return object[name]
      throw invalid(`${what} ${index} has other names than the first: ${Object.keys(object).join(', ')}`)
    })
    return tensorOfValues(spec, column)
  })
}

/** Stays in the request so that the plane says which inputs the model takes. */
function unknownInput({ name }: TensorSpec): Tensor {
  return { name, datatype: 'FP32', shape: [1], data: new Float32Array(1) }
}

/** Rows as lists for a model of one value per input: in the order of its inputs. */
function positional(instances: readonly unknown[], inputs: readonly TensorSpec[]): Tensor[] {
  const isTable = inputs.every(({ shape }) => shape.slice(1).every((size) => size === 1))
  if (!isTable) throw invalid(`the model has ${inputs.length} inputs; send each instance as an object of their names`)
  return inputs.map((spec, position) => {
    const column = instances.map((row, index) => {
      if (Array.isArray(row) && row.length === inputs.length) return row[position] as unknown
      const names = inputs.map(({ name }) => name).join(', ')
      throw invalid(`instance ${index} must be a list of ${inputs.length} values, or an object with ${names}`)
    })
    return tensorOfValues(spec, column)
  })
}

function columnTensors(inputs: unknown, signature: Signature): Tensor[] {
  if (!isNamed(inputs)) {
    const [only] = signature.inputs
    if (only !== undefined && signature.inputs.length === 1) return [tensorOfValues(only, inputs)]
    throw invalid(`the model has ${signature.inputs.length} inputs; send "inputs" as an object of their names`)
  }
  return Object.entries(inputs).map(([name, value]) => {
    const spec = signature.inputs.find((input) => input.name === name)
    return spec === undefined ? unknownInput({ name, datatype: 'FP32', shape: [] }) : tensorOfValues(spec, value)
  })
}
