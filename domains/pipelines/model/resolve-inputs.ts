import type { GraphStep, Source } from './graph.ts'
import type { Json, Value, Values } from './values.ts'

/** The values of a step's inputs, from the run's parameters and the outputs of the steps before. */
export function resolveInputs(
  step: GraphStep,
  parameters: Readonly<Record<string, Json>>,
  outputs: ReadonlyMap<string, Values>,
): Values {
  const entries = Object.entries(step.inputs).map(([name, { source }]) => [name, resolve(source, parameters, outputs)])
  return Object.fromEntries(entries) as Values // made entry by entry just above
}

/** The outputs of a run: plain values; a file as what is known of it; null where its step gave nothing. */
export function resolveOutputs(
  wanted: Readonly<Record<string, Source>>,
  parameters: Readonly<Record<string, Json>>,
  outputs: ReadonlyMap<string, Values>,
): Record<string, Json> {
  const entries = Object.entries(wanted).map(([name, source]) => {
    const found = resolve(source, parameters, outputs)
    return [name, 'file' in found ? { ...found.file } : found.value] as const
  })
  return Object.fromEntries(entries)
}

/** The pipeline's parameters that a step's inputs name, under their own names. */
export function namedParameters(step: GraphStep, parameters: Readonly<Record<string, Json>>): Record<string, Json> {
  const named = Object.values(step.inputs).flatMap(({ source }) => (source.from === 'parameter' ? [source.name] : []))
  return Object.fromEntries(named.map((name) => [name, parameters[name] ?? null]))
}

function resolve(
  source: Source,
  parameters: Readonly<Record<string, Json>>,
  outputs: ReadonlyMap<string, Values>,
): Value {
  if (source.from === 'constant') return { value: source.value }
  if (source.from === 'parameter') return { value: parameters[source.name] ?? null }
  return outputs.get(source.step)?.[source.output] ?? { value: null }
}
