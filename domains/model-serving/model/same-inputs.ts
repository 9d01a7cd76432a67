import type { Signature, TensorSpec } from './tensor.ts'

/** Why callers of one version cannot be answered by another, in a sentence; undefined when its inputs are the same. */
export function inputDifference(champion: Signature, canary: Signature): string | undefined {
  const theirs = new Map(canary.inputs.map((input) => [input.name, input]))
  for (const input of champion.inputs) {
    const other = theirs.get(input.name)
    if (other === undefined) return `it has no input "${input.name}", which the champion takes`
    if (formOf(other) !== formOf(input)) {
      return `its input "${input.name}" is ${formOf(other)}, where the champion takes ${formOf(input)}`
    }
  }
  const known = new Set(champion.inputs.map(({ name }) => name))
  const more = canary.inputs.find(({ name }) => !known.has(name))
  return more === undefined ? undefined : `it takes an input "${more.name}", which the champion does not`
}

function formOf({ datatype, shape }: TensorSpec): string {
  return `${datatype} [${shape.join(', ')}]`
}
