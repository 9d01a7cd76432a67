import type { GraphStep, KindSpec } from './graph.ts'
import type { Json, Values } from './values.ts'

/**
 * What a cached result stands for. It is the same only when the code, the step, every input's content and what the
 * step promises to give are the same. How the inputs reach the step plays no part.
 */
export interface CacheIdentity {
  readonly code: string
  readonly step: string
  readonly key: string
  /** By input: the digest of a file, else the JSON value itself. */
  readonly inputs: Readonly<Record<string, Json>>
  readonly outputs: Readonly<Record<string, KindSpec['type']>>
}

/** Makes a step's identity. `code` is the digest over the files of the pipeline's module. */
export function cacheIdentity(step: GraphStep, code: string, inputs: Values): CacheIdentity {
  const content = Object.entries(inputs).map(([name, input]) => [
    name,
    'file' in input ? { file: input.file.digest } : input.value,
  ])
  const outputs = Object.entries(step.outputs).map(([name, kind]) => [name, kind.type])
  return {
    code,
    step: step.uses,
    key: step.cache.key,
    inputs: Object.fromEntries(content) as CacheIdentity['inputs'],
    outputs: Object.fromEntries(outputs) as CacheIdentity['outputs'],
  }
}

/** Why a step runs although it may take earlier results: what is not as it was the last time. */
export function missReason(now: CacheIdentity, last: CacheIdentity | undefined): string {
  if (last === undefined) return 'It runs for the first time.'
  const changed = [
    ...(now.code === last.code ? [] : ['the code']),
    ...(now.key === last.key ? [] : ['the cache key']),
    ...changedNames(now.inputs, last.inputs).map((name) => `the input "${name}"`),
    ...changedNames(now.outputs, last.outputs).map((name) => `the output "${name}"`),
  ]
  if (changed.length === 0) return 'The earlier result is too old or no longer stored.'
  return `Since its last run ${changed.join(', ')} changed.`
}

/** Why a step did not run. */
export function hitReason(run: number): string {
  return `The same code with the same inputs ran in run ${run}.`
}

function changedNames(now: Readonly<Record<string, unknown>>, last: Readonly<Record<string, unknown>>): string[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(last)])]
  return names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(last[name]))
}
