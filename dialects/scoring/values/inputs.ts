import type { Signature, Tensor } from '@millrace/model-serving/plane'
import { tensorsOfFrame } from './frame.ts'
import { tensorOfValues } from './tensor-of-values.ts'
import { valueProblem } from './value-problem.ts'

/** An object of JSON. */
export type Members = Readonly<Record<string, unknown>>

/** True for an object that is no list. */
export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Instances as a model's inputs: objects with a value for each input, or values and lists for its only one. */
export function tensorsOfInstances(instances: readonly unknown[], signature: Signature): readonly Tensor[] {
  const { inputs } = signature
  if (instances.length === 0) throw valueProblem.form({ what: 'There are no instances to predict on.' })
  if (instances.every(isObject)) return tensorsOfRecords(instances, signature)
  const [only] = inputs
  if (only !== undefined && inputs.length === 1) return [tensorOfValues(only, instances)]
  if (!instances.every(Array.isArray)) throw valueProblem['needs-names']({ takes: inputs.map(({ name }) => name) })
  return tensorsOfFrame({ columns: undefined, rows: instances as readonly (readonly unknown[])[] }, signature)
}

/** Rows as objects of named values. A name that a row lacks is null there. */
export function tensorsOfRecords(records: readonly Members[], signature: Signature): readonly Tensor[] {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))]
  const rows = records.map((record) => columns.map((name) => record[name] ?? null))
  return tensorsOfFrame({ columns, rows }, signature)
}

/** Whole tensors by name, or the only one without its name. Names that the model lacks are left out or refused. */
export function tensorsOfInputs(
  values: unknown,
  { inputs }: Signature,
  unknownNames: 'left out' | 'refused',
): readonly Tensor[] {
  const [only] = inputs
  if (isObject(values) && !('b64' in values)) {
    const takes = inputs.map(({ name }) => name)
    const extra = Object.keys(values).filter((name) => !takes.includes(name))
    const missing = takes.filter((name) => values[name] === undefined)
    const [first] = extra
    if (missing.length > 0) throw valueProblem.missing({ missing, extra })
    if (first !== undefined && unknownNames === 'refused') throw valueProblem.unknown({ name: first, takes })
    return inputs.map((spec) => tensorOfValues(spec, values[spec.name]))
  }
  if (only === undefined || inputs.length !== 1) {
    if (Array.isArray(values)) return tensorsOfInstances(values, { inputs, outputs: [] })
    throw valueProblem['needs-names']({ takes: inputs.map(({ name }) => name) })
  }
  return [tensorOfValues(only, values)]
}
