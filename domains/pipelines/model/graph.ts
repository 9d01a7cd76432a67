import type { Json } from './values.ts'
import { faultOfJson } from './values.ts'
import { problem } from '../contract.ts'

/** What values a parameter, an input or an output takes, as plain data. */
export interface KindSpec {
  readonly type: 'text' | 'number' | 'integer' | 'flag' | 'json' | 'file' | 'id'
  readonly default?: Json | undefined
  readonly choices?: readonly Json[] | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** For `id`: the kind of entity, as lineage names it. */
  readonly of?: string | undefined
  readonly description?: string | undefined
}

/** Where an input's value comes from. */
export type Source =
  | { readonly from: 'parameter'; readonly name: string }
  | { readonly from: 'step'; readonly step: string; readonly output: string }
  | { readonly from: 'constant'; readonly value: Json }

/** The pause before the n-th retry is `backOffMs · factorⁿ⁻¹`, at most `maximumMs`. */
export interface Retries {
  readonly limit: number
  readonly backOffMs: number
  readonly factor: number
  readonly maximumMs: number
}

export interface GraphStep {
  readonly name: string
  /** The step's definition; one definition may be placed several times. */
  readonly uses: string
  readonly inputs: Readonly<Record<string, { readonly source: Source; readonly kind: KindSpec }>>
  readonly outputs: Readonly<Record<string, KindSpec>>
  readonly after: readonly string[]
  readonly resources: { readonly cpu: number; readonly memoryMb: number }
  readonly queue: string
  readonly retries: Retries
  readonly timeoutMs: number | null
  readonly cache: { readonly on: boolean; readonly maxAgeMs: number | null; readonly key: string }
}

export interface Graph {
  readonly steps: readonly GraphStep[]
  /** What a run gives at its end. */
  readonly outputs: Readonly<Record<string, Source>>
}

/** An event that starts a run: members of its payload that must be equal, and parameters that may quote it. */
export interface PipelineTrigger {
  readonly event: string
  readonly filter?: Readonly<Record<string, Json>> | undefined
  readonly parameters?: Readonly<Record<string, Json>> | undefined
}

/** Throws `pipelines/bad-graph`: a name used twice, a source that is not there, a wrong constant, a circle. */
export function checkGraph(graph: Graph, parameters: Readonly<Record<string, KindSpec>>): void {
  const byName = new Map<string, GraphStep>()
  for (const step of graph.steps) {
    if (byName.has(step.name)) throw problem['bad-graph']({ reason: `two steps are called "${step.name}"` })
    byName.set(step.name, step)
  }
  for (const step of graph.steps) checkStep(step, byName, parameters)
  for (const [name, source] of Object.entries(graph.outputs)) {
    const fault = faultOfSource(source, byName, parameters)
    if (fault !== undefined) throw problem['bad-graph']({ reason: `the output "${name}" ${fault}` })
  }
  checkOrder(graph.steps)
}

function checkStep(
  step: GraphStep,
  byName: ReadonlyMap<string, GraphStep>,
  parameters: Record<string, KindSpec>,
): void {
  for (const [name, { source, kind }] of Object.entries(step.inputs)) {
    const fault =
      source.from === 'constant' ? faultOfJson(kind, source.value) : faultOfSource(source, byName, parameters)
    if (fault !== undefined)
      throw problem['bad-graph']({ reason: `the input "${name}" of the step "${step.name}" ${fault}` })
    if (source.from === 'step' && !step.after.includes(source.step))
      throw problem['bad-graph']({
        reason: `the step "${step.name}" takes from "${source.step}" without coming after it`,
      })
  }
  const missing = step.after.find((before) => !byName.has(before))
  if (missing !== undefined)
    throw problem['bad-graph']({ reason: `the step "${step.name}" comes after "${missing}", which is not there` })
}

function faultOfSource(
  source: Source,
  byName: ReadonlyMap<string, GraphStep>,
  parameters: Readonly<Record<string, KindSpec>>,
): string | undefined {
  if (source.from === 'constant') return undefined
  if (source.from === 'parameter')
    return Object.hasOwn(parameters, source.name)
      ? undefined
      : `takes the parameter "${source.name}", which is not declared`
  const step = byName.get(source.step)
  const declared = step !== undefined && Object.hasOwn(step.outputs, source.output)
  return declared ? undefined : `takes "${source.output}" of the step "${source.step}", which gives no such output`
}

/** Takes away, again and again, the steps that wait for nothing; what is left goes round in a circle. */
function checkOrder(steps: readonly GraphStep[]): void {
  const left = new Map(steps.map((step) => [step.name, new Set(step.after)]))
  const pairs = steps.flatMap((step) => step.after.map((before) => ({ before, step: step.name })))
  const followers = Map.groupBy(pairs, (pair) => pair.before)
  const ready = steps.filter((step) => step.after.length === 0).map((step) => step.name)
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    left.delete(name)
    for (const { step, before } of followers.get(name) ?? []) {
      left.get(step)?.delete(before)
      if (left.get(step)?.size === 0) ready.push(step)
    }
  }
  const [first] = left.keys()
  if (first !== undefined)
    throw problem['bad-graph']({ reason: `the step "${first}" waits, round in a circle, for itself` })
}
