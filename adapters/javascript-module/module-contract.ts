import type { Datatype, Signature, Tensor, TensorData, TensorSpec } from '@millrace/model-serving/plane'
import { datatypes, elementCount, isTexts, newTensorData } from '@millrace/model-serving/plane'
import { z } from 'zod'

const Spec = z.object({
  name: z.string().min(1),
  datatype: z.enum(datatypes),
  shape: z.array(z.int().min(-1)),
})
const SignatureExport = z.object({ inputs: z.array(Spec).min(1), outputs: z.array(Spec).min(1) })

/** What a module has: `signature` and `predict(inputs)`, which gives its outputs by name; or a function alone that answers raw requests. */
export interface ModelModule {
  readonly signature: Signature
  readonly predict: (inputs: Readonly<Record<string, Tensor>>) => unknown
}

/** Reads a module's exports. Throws an Error with the sentence for its author. */
export function readModule(exported: Readonly<Record<string, unknown>>): ModelModule {
  const { signature, predict } = { ...asRecord(exported['default']), ...exported }
  if (typeof predict !== 'function') throw new Error('it does not export a function "predict"')
  const read = SignatureExport.safeParse(signature)
  if (!read.success) {
    const issue = read.error.issues[0]
    const place = issue === undefined ? '' : ` (${issue.path.join('.') || 'signature'}: ${issue.message})`
    throw new Error(
      `it does not export a "signature" such as { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }], outputs: […] }${place}`,
    )
  }
  return { signature: read.data, predict: (inputs) => Reflect.apply(predict, undefined, [inputs]) as unknown }
}

/**
 * A module's answer as tensors: by name, each a typed array, a (nested) list, or `{ shape, data }`.
 * Throws an Error that says what is wrong with it.
 */
export function readOutputs(answer: unknown, specs: readonly TensorSpec[], rows: number): Tensor[] {
  const byName = asRecord(answer)
  return specs.map((spec) => {
    const value = byName[spec.name]
    if (value === undefined) throw new Error(`predict did not give "${spec.name}"`)
    const given = asRecord(value)
    const data = 'data' in given ? given['data'] : value
    const flat = flattened(data)
    const shape = shapeOf('shape' in given ? given['shape'] : undefined, spec, flat.length, rows)
    if (elementCount(shape) !== flat.length) {
      throw new Error(`predict gave "${spec.name}" with ${flat.length} elements; its shape is [${shape.join(', ')}]`)
    }
    return { name: spec.name, datatype: spec.datatype, shape, data: dataOf(spec, flat) }
  })
}

function shapeOf(given: unknown, spec: TensorSpec, count: number, rows: number): number[] {
  const read = z.array(z.int().min(0)).safeParse(given)
  if (read.success) return read.data
  const first = spec.shape[0] === -1 ? [rows, ...spec.shape.slice(1)] : [...spec.shape]
  const open = first.indexOf(-1)
  if (open === -1) return first
  const known = first.reduce((product, size) => (size === -1 ? product : product * size), 1)
  return first.map((size, index) => (index === open ? Math.floor(count / Math.max(1, known)) : size))
}

function flattened(data: unknown): ArrayLike<unknown> {
  if (ArrayBuffer.isView(data) && !(data instanceof DataView)) return data as unknown as ArrayLike<unknown> // all other views are typed arrays
  if (Array.isArray(data)) return (data as unknown[]).flat(Number.POSITIVE_INFINITY)
  return [data]
}

function dataOf({ name, datatype }: TensorSpec, flat: ArrayLike<unknown>): TensorData {
  const made = newTensorData(datatype, flat.length)
  if (made.constructor === flat.constructor && !Array.isArray(flat)) return flat as TensorData // the same typed array
  if (isTexts(made)) return Array.from(flat, String)
  for (let index = 0; index < flat.length; index += 1) {
    // `datatype` says which of both the array holds.
    ;(made as unknown as (number | bigint)[])[index] = elementOf(flat[index], datatype, name)
  }
  return made
}

function elementOf(value: unknown, datatype: Datatype, name: string): number | bigint {
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') {
    throw new Error(`predict gave a ${typeof value} in "${name}", which is ${datatype}`)
  }
  return datatype === 'INT64' || datatype === 'UINT64' ? BigInt(value) : Number(value)
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
