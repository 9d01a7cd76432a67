import { mkdir, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import type { JobContext } from '@millrace/compute'
import type { Kinds, PipelineDefinition, StepContext } from '../authoring/define.ts'
import { isPipeline } from '../authoring/define.ts'
import type { KindSpec } from '../model/graph.ts'
import type { StepClient } from '../authoring/step-client.ts'
import type { Json, StoredFile, Value, Values } from '../model/values.ts'
import { faultOfJson } from '../model/values.ts'
import { createStepClient } from './http-step-client.ts'
import { loadModule } from './local-modules.ts'

/** What the engine gives a step's job. */
export interface StepInput {
  readonly module: string
  readonly filesDigest: string
  readonly uses: string
  readonly run: { readonly id: string; readonly number: number; readonly pipeline: string; readonly step: string }
  readonly inputs: Values
  readonly outputs: Readonly<Record<string, KindSpec>>
  readonly parameters: Readonly<Record<string, Json>>
}

/** JSON outputs of a step may have so many bytes together; larger ones are files. */
const outputLimitBytes = 64 * 1024

/** The program of a step's job: imports the pipeline's module, fetches input files, runs the step, stores its files. */
export default async function runStep(input: unknown, context: JobContext): Promise<unknown> {
  const step = input as StepInput // written by the engine
  const run = await findStep(step)
  const client = lazyClient()
  const given: StepContext<Kinds> = {
    inputs: await localInputs(step.inputs, join(context.workDir, 'inputs'), client),
    parameters: step.parameters,
    workDir: context.workDir,
    log: (text) => console.log(text),
    progress: (fraction, text) => context.progress(fraction, text),
    client,
    run: step.run,
  }
  const gave: unknown = await run(given)
  return { outputs: await storeOutputs(step, asRecord(gave), context.workDir, client) }
}

async function findStep(step: StepInput): Promise<PipelineDefinition['run'][string]> {
  const { exports, filesDigest } = await loadModule(step.module)
  if (filesDigest !== step.filesDigest)
    throw new Error(
      `The code of ${step.module} is not what this version of "${step.run.pipeline}" was made from. Apply the pipeline again, and start a new run.`,
    )
  const definition = exports['default']
  const run = isPipeline(definition) ? definition.run[step.uses] : undefined
  if (run === undefined) throw new Error(`The module ${step.module} has no step "${step.uses}".`)
  return run
}

/** The client is made when it is first used, since most steps start faster without. */
function lazyClient(): StepClient {
  let made: StepClient | undefined
  const client = () => (made ??= createStepClient(process.env))
  return {
    get: (...call) => client().get(...call),
    post: (...call) => client().post(...call),
    put: (...call) => client().put(...call),
    patch: (...call) => client().patch(...call),
    delete: (...call) => client().delete(...call),
    upload: (...call) => client().upload(...call),
    download: (...call) => client().download(...call),
  }
}

async function localInputs(inputs: Values, folder: string, client: StepClient): Promise<Record<string, Json>> {
  const local: Record<string, Json> = {}
  for (const [name, input] of Object.entries(inputs)) {
    if ('value' in input) {
      local[name] = input.value
      continue
    }
    // A folder per input: two files may have one name.
    const own = join(folder, name)
    await mkdir(own, { recursive: true })
    const hex = input.file.digest.replace('sha256:', '')
    local[name] = await client.download(`/pipeline-files/${hex}`, join(own, basename(input.file.name)))
  }
  return local
}

async function storeOutputs(
  step: StepInput,
  gave: Readonly<Record<string, unknown>>,
  workDir: string,
  client: StepClient,
): Promise<Values> {
  const outputs: Record<string, Value> = {}
  let sizeBytes = 0
  for (const [name, kind] of Object.entries(step.outputs)) {
    const value = gave[name]
    if (value === undefined) throw new Error(`The step gave no "${name}".`)
    if (kind.type === 'file') {
      outputs[name] = { file: await storeFile(name, value, workDir, client) }
      continue
    }
    const plain = toJson(name, kind, value)
    sizeBytes += Buffer.byteLength(JSON.stringify(plain))
    outputs[name] = { value: plain }
  }
  if (sizeBytes > outputLimitBytes)
    throw new Error(
      `The outputs have ${sizeBytes} bytes of JSON, and ${outputLimitBytes} is the most. Give what is large as a file.`,
    )
  return outputs
}

/** As the server will see it: what JSON drops or changes is found here, with the output's name. */
function toJson(name: string, kind: KindSpec, value: unknown): Json {
  const text = JSON.stringify(value) as string | undefined // undefined for functions and symbols
  if (text === undefined) throw new Error(`The output "${name}" cannot be written as JSON.`)
  const plain = JSON.parse(text) as Json // just written
  const fault = faultOfJson(kind, plain)
  if (fault !== undefined) throw new Error(`The output "${name}" ${fault}.`)
  return plain
}

async function storeFile(name: string, value: unknown, workDir: string, client: StepClient): Promise<StoredFile> {
  if (typeof value !== 'string') throw new Error(`The output "${name}" should be the path of a file.`)
  const path = await realpath(resolve(workDir, value)).catch(() => undefined)
  const inside = path?.startsWith((await realpath(workDir)) + sep) ?? false
  if (path === undefined || !inside || !(await stat(path)).isFile())
    throw new Error(`The output "${name}" is not a file in the work folder: ${value}.`)
  const { digest, sizeBytes } = await client.upload<{ digest: string; sizeBytes: number }>('/pipeline-files', path, {
    method: 'POST',
  })
  return { digest, sizeBytes, name: basename(path) }
}

function asRecord(gave: unknown): Readonly<Record<string, unknown>> {
  return typeof gave === 'object' && gave !== null ? { ...gave } : {}
}
