import { problems } from '@millrace/contract'
import { inputProblem, isBatchable } from '../../model/check-inputs.ts'
import type { Signature, Tensor, TensorData, TensorSpec } from '../../model/tensor.ts'
import { isTexts, newTensorData, rowWidth } from '../../model/tensor.ts'

/** What can be wrong with rows of named values: always the caller's mistake. */
export const ownProblem = problems('model-serving/predict', {
  malformed: {
    status: 400,
    say: (p: { reason: string }) => `The body is not JSON (${p.reason}). Send {"rows": [{"feature": value, …}]}.`,
  },
  form: {
    status: 400,
    say: (p: { what: string }) =>
      `${p.what} Send {"rows": [{"feature": value, …}, …]}, and "eventTimesMs": [ms, …] where the rows have times of their own.`,
  },
  value: {
    status: 400,
    say: (p: { row: number; name: string; got: string; takes: string }) =>
      `Row ${p.row} has ${p.got} for "${p.name}"; the model takes ${p.takes}.`,
  },
})

export type Row = Readonly<Record<string, unknown>>

/** Tensors of rows of named values; the model's datatypes are ours to know, not the caller's. Throws `model-serving/predict/…`. */
export function readRows(rows: readonly Row[], signature: Signature): { readonly tensors: readonly Tensor[] } {
  if (!isBatchable(signature)) {
    throw ownProblem.form({
      what: 'This model takes no rows: its shapes are fixed. Use POST /v2/models/{endpoint}/infer.',
    })
  }
  requireKnownNames(signature, rows)
  return { tensors: signature.inputs.map((spec) => columnOf(spec, rows)) }
}

function requireKnownNames(signature: Signature, rows: readonly Row[]): void {
  const takes = signature.inputs.map(({ name }) => name)
  const known = new Set(takes)
  for (const row of rows) {
    for (const name in row) if (!known.has(name)) throw inputProblem.unknown({ name, takes })
  }
}

function columnOf(spec: TensorSpec, rows: readonly Row[]): Tensor {
  const width = spec.shape.includes(-1, 1) ? widthOf(rows[0]?.[spec.name]) : rowWidth(spec.shape)
  const data = newTensorData(spec.datatype, rows.length * width)
  rows.forEach((row, index) => {
    const value = row[spec.name]
    const values: readonly unknown[] = Array.isArray(value) ? value.flat(8) : [value]
    if (values.length !== width) throw wrongValue(spec, index, `${values.length} values`, `${width}`)
    values.forEach((one, offset) => setValue(data, index * width + offset, one, spec, index))
  })
  const inner = spec.shape.includes(-1, 1) ? [width] : spec.shape.slice(1)
  return { name: spec.name, datatype: spec.datatype, shape: [rows.length, ...inner], data }
}

function widthOf(value: unknown): number {
  return Array.isArray(value) ? value.flat(8).length : 1
}

function setValue(data: TensorData, at: number, value: unknown, spec: TensorSpec, row: number): void {
  const floating = spec.datatype === 'FP32' || spec.datatype === 'FP64'
  if (isTexts(data)) {
    if (typeof value !== 'string') throw wrongValue(spec, row, said(value), 'a text')
    ;(data as string[])[at] = value // made by newTensorData just before
  } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    if (!Number.isSafeInteger(value)) throw wrongValue(spec, row, said(value), 'a whole number')
    data[at] = BigInt(value as number) // checked in the line before
  } else if (floating && (value === null || value === undefined)) data[at] = Number.NaN
  else data[at] = numberOf(value, data, spec, row)
}

function numberOf(value: unknown, data: TensorData, spec: TensorSpec, row: number): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  const floating = data instanceof Float32Array || data instanceof Float64Array
  if (typeof value === 'number' && (floating || Number.isInteger(value))) return value
  throw wrongValue(spec, row, said(value), floating ? 'a number' : 'a whole number')
}

function wrongValue(spec: TensorSpec, row: number, got: string, takes: string) {
  return ownProblem.value({ row, name: spec.name, got, takes: `${takes} (${spec.datatype})` })
}

function said(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
}
