import type { Signature, Tensor, TensorSpec } from '@millrace/model-serving/plane'
import { newTensorData } from '@millrace/model-serving/plane'
import { setValue, tensorOfValues } from './tensor-of-values.ts'
import { valueProblem } from './value-problem.ts'

/** A table of values: rows as lists in the order of its columns; `columns` is undefined where it has no names. */
export interface Frame {
  readonly columns: readonly string[] | undefined
  readonly rows: readonly (readonly unknown[])[]
}

/**
 * A table as the inputs of a model: by name where all are there (further columns are left out); as the rows of the model's
 * only matrix; or by position where the columns have no names. A column `event_time_ms` goes with them as the rows' times.
 * Throws `scoring/missing`, `scoring/width`, `scoring/value`, `scoring/ragged`.
 */
export function tensorsOfFrame(frame: Frame, { inputs }: Signature): readonly Tensor[] {
  const { columns, rows } = frame
  if (rows.length === 0) throw valueProblem.form({ what: 'There are no rows to predict on.' })
  const places = columns === undefined ? undefined : new Map(columns.map((name, place) => [name, place]))
  const found = inputs.map((spec, index) => places?.get(spec.name) ?? (columns === undefined ? index : undefined))
  const times = timesOf(places?.get(eventTimes), rows)
  const [only] = inputs
  if (only !== undefined && isMatrix(inputs, only) && !(places?.has(only.name) ?? false)) {
    return [matrixOf(only, frame, places?.get(eventTimes)), ...times]
  }
  requireAll(frame, inputs, found)
  return [...inputs.map((spec, index) => columnOf(spec, rows, found[index] ?? 0)), ...times]
}

const eventTimes = 'event_time_ms'

/** One input that takes whole rows: more than one value in each, or any number. */
function isMatrix(inputs: readonly TensorSpec[], only: TensorSpec): boolean {
  return inputs.length === 1 && only.shape.length === 2 && only.shape[1] !== 1
}

function requireAll(
  { columns, rows }: Frame,
  inputs: readonly TensorSpec[],
  found: readonly (number | undefined)[],
): void {
  const missing = inputs.filter((_, index) => found[index] === undefined).map(({ name }) => name)
  if (missing.length > 0) {
    const known = new Set(inputs.map(({ name }) => name))
    throw valueProblem.missing({ missing, extra: (columns ?? []).filter((name) => !known.has(name)) })
  }
  const wrong = columns === undefined ? rows.find((row) => row.length !== inputs.length) : undefined
  if (wrong !== undefined) throw valueProblem.width({ got: wrong.length, takes: inputs.length })
}

function columnOf(spec: TensorSpec, rows: Frame['rows'], place: number): Tensor {
  return tensorOfValues(
    spec,
    rows.map((row) => row[place]),
  )
}

/** All columns side by side, in their order. */
function matrixOf(spec: TensorSpec, { rows }: Frame, leftOut: number | undefined): Tensor {
  const [first = []] = rows
  const width = first.length - (leftOut === undefined ? 0 : 1)
  const wanted = spec.shape[1] ?? -1
  if (wanted !== -1 && width !== wanted) throw valueProblem.width({ got: width, takes: wanted })
  const data = newTensorData(spec.datatype, rows.length * width)
  rows.forEach((row, index) => {
    const cells = leftOut === undefined ? row : row.filter((_, place) => place !== leftOut)
    if (cells.length !== width) throw valueProblem.ragged({ name: spec.name })
    cells.forEach((cell, place) => setValue(data, index * width + place, cell, spec))
  })
  return { name: spec.name, datatype: spec.datatype, shape: [rows.length, width], data }
}

function timesOf(place: number | undefined, rows: Frame['rows']): readonly Tensor[] {
  if (place === undefined) return []
  const data = Float64Array.from(rows, (row) => Number(row[place] ?? Number.NaN))
  return [{ name: eventTimes, datatype: 'FP64', shape: [rows.length], data }]
}
