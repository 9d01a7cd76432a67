/**
 * Writing pipelines. A step is a function with named inputs and outputs; a pipeline calls its steps with parameters and
 * with outputs of other steps, and these calls draw the graph. Nothing runs while it is drawn.
 *
 * @example
 * const features = step({
 *   name: 'features',
 *   inputs: { month: text() },
 *   outputs: { table: file(), rows: integer() },
 *   run: async ({ inputs, log }) => ({ table: await writeFeatures(inputs.month, 'features.parquet'), rows: 1000 }),
 * })
 * const train = step({ name: 'train', inputs: { table: file() }, outputs: { loss: number() }, run: … })
 * export default pipeline('train-delays', { parameters: { month: text({ default: '2001-02' }) } }, ({ month }) => {
 *   const { table } = features({ month })
 *   return { loss: train({ table }).loss }
 * })
 */
import type { Graph, GraphStep, KindSpec, PipelineTrigger, Retries, Source } from '../model/graph.ts'
import type { DefaultedKind, FileValue, Kind, Kinds, valueOf } from './kinds.ts'
import type { StepClient } from './step-client.ts'
import type { Json } from '../model/values.ts'

export { file, flag, id, integer, json, number, text } from './kinds.ts'
export type { DefaultedKind, FileValue, Kind, Kinds } from './kinds.ts'
export type { StepClient } from './step-client.ts'

const handleMark = Symbol.for('millrace.pipelines.handle')
const callMark = Symbol.for('millrace.pipelines.call')
const pipelineMark = Symbol.for('millrace.pipelines.pipeline')

/** Stands, while a pipeline is drawn, for a value that a run will have. */
export interface Handle<T> {
  readonly [handleMark]: Source
  readonly [valueOf]?: T
}

/** Of a step without inputs or without outputs. */
type NoKinds = Readonly<Record<string, never>>

type ValueOf<K> = K extends Kind<infer T> ? T : never
/** Inside a step, files are local paths. */
type Inside<T> = T extends FileValue ? string : T
type Bindable<T> = Handle<T> | (T extends FileValue ? never : T)
type OptionalNames<K extends Kinds> = { [N in keyof K]: K[N] extends DefaultedKind<unknown> ? N : never }[keyof K]
type Bindings<K extends Kinds> = { readonly [N in Exclude<keyof K, OptionalNames<K>>]: Bindable<ValueOf<K[N]>> } & {
  readonly [N in OptionalNames<K>]?: Bindable<ValueOf<K[N]>>
}
export type Handles<K extends Kinds> = { readonly [N in keyof K]: Handle<ValueOf<K[N]>> }
export type InputValues<K extends Kinds> = { readonly [N in keyof K]: Inside<ValueOf<K[N]>> }
export type OutputValues<K extends Kinds> = { readonly [N in keyof K]: Inside<ValueOf<K[N]>> }

/** What a running step is given. */
export interface StepContext<I extends Kinds> {
  readonly inputs: InputValues<I>
  /** The pipeline's parameters that this step's call names, under their own names. */
  readonly parameters: Readonly<Record<string, Json>>
  /** An empty folder, the current one; it is gone when the step has ended. Outputs that are files lie in it. */
  readonly workDir: string
  /** Writes a line to the step's log, as `console.log` does. */
  readonly log: (text: string) => void
  /** Says how far the work is, 0 to 1, and a few words. */
  readonly progress: (fraction: number, text?: string) => void
  /** Calls the server's API as this step. Paths lie below the workspace: `client.get('/datasets/flights')`. */
  readonly client: StepClient
  readonly run: { readonly id: string; readonly number: number; readonly pipeline: string; readonly step: string }
}

export interface StepSpec<I extends Kinds, O extends Kinds> {
  readonly name: string
  readonly inputs?: I
  readonly outputs?: O
  readonly resources?: { readonly cpu?: number; readonly memoryMb?: number }
  readonly queue?: string
  /** How often it is tried again after it failed by itself; with the pause before the first retry, doubled each time. */
  readonly retries?: number | Partial<Retries>
  readonly timeoutMs?: number
  /**
   * Take the outputs of an earlier step with the same code and inputs instead of running. Off by default: a step that
   * acts on the server (registers a model, say) must act.
   */
  readonly cache?: boolean | { readonly maxAgeMs?: number; readonly key?: string }
  readonly run: (context: StepContext<I>) => Promise<OutputValues<O>> | OutputValues<O>
}

export interface CallOptions {
  /** The step's name in this pipeline; needed from the second call of the same step on. */
  readonly name?: string
  /** Steps that must have ended well before this one, without giving it anything: what their calls returned. */
  readonly after?: readonly object[]
}

/** A step as a pipeline calls it. */
export interface Step<I extends Kinds, O extends Kinds> {
  (inputs: Bindings<I>, options?: CallOptions): Handles<O>
  readonly stepName: string
}

/** A pipeline as its module exports it: the drawn graph, and the functions its steps run. */
export interface PipelineDefinition {
  readonly [pipelineMark]: true
  readonly name: string
  readonly description: string
  readonly parameters: Readonly<Record<string, KindSpec>>
  readonly graph: Graph
  readonly triggers: readonly PipelineTrigger[]
  /** By the step's own name (`uses` in the graph). */
  readonly run: Readonly<Record<string, (context: StepContext<Kinds>) => unknown>>
}

interface Drawing {
  readonly pipeline: string
  readonly steps: GraphStep[]
  readonly definitions: Map<string, StepSpec<Kinds, Kinds>>
}
let drawing: Drawing | undefined

/** Declares a step. Call it inside `pipeline` to place it in the graph. Throws outside. */
export function step<const I extends Kinds = NoKinds, const O extends Kinds = NoKinds>(
  spec: StepSpec<I, O>,
): Step<I, O> {
  const place = (bindings: Bindings<I>, options: CallOptions = {}): Handles<O> => {
    if (drawing === undefined)
      throw new Error(
        `The step "${spec.name}" is called outside of pipeline(…); only there does a call draw the graph.`,
      )
    const placed = placeStep(drawing, spec, bindings, options)
    const handles = Object.keys(spec.outputs ?? {}).map((output) => [
      output,
      { [handleMark]: { from: 'step', step: placed.name, output } satisfies Source },
    ])
    // The handles are made of the outputs' own names; TypeScript forgets them in fromEntries.
    return Object.assign(Object.fromEntries(handles) as Handles<O>, { [callMark]: placed.name })
  }
  return Object.assign(place, { stepName: spec.name })
}

function placeStep<I extends Kinds, O extends Kinds>(
  into: Drawing,
  spec: StepSpec<I, O>,
  bindings: Readonly<Record<string, unknown>>,
  options: CallOptions,
): GraphStep {
  const name = options.name ?? spec.name
  claimNames(into, spec, name)
  const inputs = bindInputs(name, spec.inputs ?? {}, bindings)
  const sources = Object.values(inputs).flatMap(({ source }) => (source.from === 'step' ? [source.step] : []))
  const placed: GraphStep = {
    name,
    uses: spec.name,
    inputs,
    outputs: { ...spec.outputs },
    after: [...new Set([...sources, ...(options.after ?? []).map((call) => stepOfCall(name, call))])],
    resources: { cpu: 1, memoryMb: 256, ...spec.resources },
    queue: spec.queue ?? 'default',
    retries: retriesOf(spec.retries),
    timeoutMs: spec.timeoutMs ?? null,
    cache: cacheOf(spec.cache),
  }
  into.steps.push(placed)
  return placed
}

function claimNames<I extends Kinds, O extends Kinds>(into: Drawing, spec: StepSpec<I, O>, name: string): void {
  if (into.steps.some((placed) => placed.name === name))
    throw new Error(
      `The pipeline "${into.pipeline}" has a step "${name}" already; give this call another: (…, { name: '${name}-2' }).`,
    )
  const kept: unknown = into.definitions.get(spec.name)
  if (kept !== undefined && kept !== spec)
    throw new Error(
      `Two steps of the pipeline "${into.pipeline}" are called "${spec.name}"; each needs a name of its own.`,
    )
  // A definition is only run with the inputs its own graph step declares.
  into.definitions.set(spec.name, spec as unknown as StepSpec<Kinds, Kinds>)
}

function bindInputs(step: string, kinds: Kinds, bindings: Readonly<Record<string, unknown>>): GraphStep['inputs'] {
  const strange = Object.keys(bindings).find((name) => !Object.hasOwn(kinds, name))
  if (strange !== undefined) throw new Error(`The step "${step}" has no input "${strange}".`)
  const bound = Object.entries(kinds).map(([name, kind]) => {
    const value = bindings[name]
    if (value === undefined && kind.default === undefined)
      throw new Error(`The step "${step}" needs its input "${name}".`)
    return [name, { source: sourceOf(value ?? kind.default), kind }]
  })
  return Object.fromEntries(bound) as GraphStep['inputs'] // made entry by entry just above
}

function sourceOf(value: unknown): Source {
  if (typeof value === 'object' && value !== null && handleMark in value) return (value as Handle<unknown>)[handleMark]
  return { from: 'constant', value: value as Json } // the server checks it against its kind
}

function stepOfCall(step: string, call: object): string {
  const name: unknown = Reflect.get(call, callMark)
  if (typeof name === 'string') return name
  throw new Error(`"after" of the step "${step}" takes what other steps' calls returned.`)
}

function retriesOf(retries: number | Partial<Retries> = 0): Retries {
  const given = typeof retries === 'number' ? { limit: retries } : retries
  return { limit: 0, backOffMs: 1000, factor: 2, maximumMs: 60_000, ...given }
}

function cacheOf(cache: StepSpec<Kinds, Kinds>['cache'] = false): GraphStep['cache'] {
  if (typeof cache === 'boolean') return { on: cache, maxAgeMs: null, key: '' }
  return { on: true, maxAgeMs: cache.maxAgeMs ?? null, key: cache.key ?? '' }
}

export interface PipelineOptions<P extends Kinds> {
  readonly parameters?: P
  readonly description?: string
  /** Events that start a run: `{ event: 'datasets.version.registered', filter: { dataset: 'flights' } }`. */
  readonly triggers?: readonly PipelineTrigger[]
}

/**
 * Draws a pipeline. `build` is called once, now, with a handle for each parameter; what it returns are the run's
 * outputs. A module exports one as its default.
 */
export function pipeline<const P extends Kinds = NoKinds>(
  name: string,
  options: PipelineOptions<P>,
  build: (parameters: Handles<P>) => Readonly<Record<string, Handle<unknown>>> | void,
): PipelineDefinition {
  const parameters: Kinds = options.parameters ?? {}
  const handles = Object.keys(parameters).map((parameter) => [
    parameter,
    { [handleMark]: { from: 'parameter', name: parameter } satisfies Source },
  ])
  const drawn: Drawing = { pipeline: name, steps: [], definitions: new Map() }
  const outer = drawing
  drawing = drawn
  try {
    const outputs = build(Object.fromEntries(handles) as Handles<P>) ?? {} // made of the parameters' own names
    const sources = Object.entries(outputs).map(([output, handle]) => [output, handle[handleMark]] as const)
    return {
      [pipelineMark]: true,
      name,
      description: options.description ?? '',
      parameters: { ...parameters },
      graph: { steps: drawn.steps, outputs: Object.fromEntries(sources) },
      triggers: options.triggers ?? [],
      run: Object.fromEntries([...drawn.definitions].map(([own, spec]) => [own, spec.run])),
    }
  } finally {
    drawing = outer
  }
}

/** True for what `pipeline` made, also by another copy of this module. */
export function isPipeline(value: unknown): value is PipelineDefinition {
  return typeof value === 'object' && value !== null && Reflect.get(value, pipelineMark) === true
}
