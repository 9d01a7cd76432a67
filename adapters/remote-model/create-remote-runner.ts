import type {
  CreateRunner,
  Datatype,
  ModelRunner,
  RemoteSource,
  Signature,
  Tensor,
} from '@millrace/model-serving/plane'
import { datatypes, elementCount } from '@millrace/model-serving/plane'
import { z } from 'zod'
import { askJson, fetchFrom } from './ask-remote.ts'
import { remoteProblem } from './remote-problem.ts'
import { dataOfJson, flatJson, nestedJson, unnested } from './tensor-json.ts'

/** Another server computes side by side what it is sent. */
const atOnce = 32

/** Asks the server what its model takes, then sends it every run. Rejects with `remote-model/…` when it cannot be asked. */
export const createRemoteRunner: CreateRunner<RemoteSource> = (source) => {
  if (source.protocol === 'open-inference') return openInferenceRunner(source)
  if (source.protocol === 'tensorflow-serving') return tensorflowRunner(source)
  return Promise.resolve(openaiRunner(source))
}

const Spec = z.object({ name: z.string(), datatype: z.enum(datatypes), shape: z.array(z.coerce.number().int()) })
const Metadata = z.object({ inputs: z.array(Spec), outputs: z.array(Spec), platform: z.string().default('') })
const Inferred = z.object({
  outputs: z.array(Spec.extend({ data: z.array(z.unknown()) })),
})

async function openInferenceRunner(source: RemoteSource): Promise<ModelRunner> {
  const path = `v2/models/${encodeURIComponent(source.model)}`
  const { inputs, outputs } = read(source, Metadata, await askJson(source, path))
  const run = async (tensors: readonly Tensor[]): Promise<Tensor[]> => {
    const written = tensors.map((tensor) => {
      const { name, datatype, shape } = tensor
      const head = JSON.stringify({ name, datatype, shape })
      return `${head.slice(0, -1)},"data":${flatJson(tensor)}}`
    })
    const answer = read(source, Inferred, await askJson(source, `${path}/infer`, `{"inputs":[${written.join(',')}]}`))
    return outputs.map((spec) => {
      const output = answer.outputs.find(({ name }) => name === spec.name)
      if (output === undefined) throw notUnderstood(source, `the output "${spec.name}" is missing`)
      const { name, datatype, shape, data } = output
      const values = data.flat(Number.POSITIVE_INFINITY)
      if (values.length !== elementCount(shape)) throw notUnderstood(source, `"${name}" does not fill its shape`)
      return { name, datatype, shape, data: dataOfJson(output, values) }
    })
  }
  return runnerOf({ inputs, outputs }, 'open_inference_proxy', run)
}

const datatypeOf: Readonly<Record<string, Datatype>> = {
  DT_BOOL: 'BOOL',
  DT_UINT8: 'UINT8',
  DT_UINT16: 'UINT16',
  DT_UINT32: 'UINT32',
  DT_UINT64: 'UINT64',
  DT_INT8: 'INT8',
  DT_INT16: 'INT16',
  DT_INT32: 'INT32',
  DT_INT64: 'INT64',
  DT_HALF: 'FP16',
  DT_FLOAT: 'FP32',
  DT_DOUBLE: 'FP64',
  DT_STRING: 'BYTES',
}

const TensorInfo = z.object({
  dtype: z.string(),
  tensor_shape: z.object({ dim: z.array(z.object({ size: z.coerce.number().int() })).default([]) }).optional(),
})
const SignatureDef = z.object({
  inputs: z.record(z.string(), TensorInfo),
  outputs: z.record(z.string(), TensorInfo),
})
const TensorflowMetadata = z.object({
  metadata: z.object({
    signature_def: z.object({ signature_def: z.record(z.string(), SignatureDef.or(z.unknown())) }),
  }),
})
const Predicted = z.object({ outputs: z.unknown() })

async function tensorflowRunner(source: RemoteSource): Promise<ModelRunner> {
  const path = `v1/models/${encodeURIComponent(source.model)}`
  const { metadata } = read(source, TensorflowMetadata, await askJson(source, `${path}/metadata`))
  const definition = read(source, SignatureDef, metadata.signature_def.signature_def['serving_default'])
  const specs = (tensors: z.infer<typeof SignatureDef>['inputs']) =>
    Object.entries(tensors).map(([name, { dtype, tensor_shape }]) => {
      const datatype = datatypeOf[dtype]
      if (datatype === undefined) throw notUnderstood(source, `"${name}" has the type ${dtype}`)
      return { name, datatype, shape: (tensor_shape?.dim ?? []).map(({ size }) => size) }
    })
  const signature: Signature = { inputs: specs(definition.inputs), outputs: specs(definition.outputs) }
  const asBytes = (text: string) => JSON.stringify({ b64: Buffer.from(text).toString('base64') })
  const run = async (tensors: readonly Tensor[]): Promise<Tensor[]> => {
    const inputs = tensors.map((tensor) => `${JSON.stringify(tensor.name)}:${nestedJson(tensor, asBytes)}`)
    const { outputs } = read(
      source,
      Predicted,
      await askJson(source, `${path}:predict`, `{"inputs":{${inputs.join(',')}}}`),
    )
    return signature.outputs.map((spec) => {
      // One output comes without its name.
      const value =
        signature.outputs.length === 1 ? outputs : read(source, z.record(z.string(), z.unknown()), outputs)[spec.name]
      try {
        const { shape, values } = unnested(value)
        return { ...spec, shape, data: dataOfJson(spec, values) }
      } catch (error) {
        throw notUnderstood(source, error instanceof Error ? error.message : String(error))
      }
    })
  }
  return runnerOf(signature, 'tensorflow_serving_proxy', run)
}

function openaiRunner(source: RemoteSource): ModelRunner {
  return {
    signature: { inputs: [], outputs: [] },
    platform: 'openai_proxy',
    parallel: atOnce,
    elsewhere: true,
    run: () => Promise.reject(notUnderstood(source, 'this model takes texts, not tensors')),
    invoke: async ({ route = 'v1/chat/completions', headers, body }, signal) => {
      const contentType = headers['content-type'] ?? 'application/json'
      const response = await fetchFrom(source, route, {
        body: named(source.model, body, contentType),
        headers: { 'content-type': contentType },
        signal,
      })
      const kind = response.headers.get('content-type') ?? 'application/json'
      const streams = kind.startsWith('text/event-stream') && response.body !== null
      return {
        status: response.status,
        headers: { 'content-type': kind },
        body: streams && response.body !== null ? response.body : new Uint8Array(await response.arrayBuffer()),
      }
    },
    close: () => Promise.resolve(),
  }
}

/** The body with the engine's own name of the model, where it is an object of JSON; callers name the endpoint. */
function named(model: string, body: Uint8Array, contentType: string): Uint8Array {
  if (!contentType.startsWith('application/json')) return body
  try {
    const asked: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return body
    return Buffer.from(JSON.stringify({ ...asked, model }))
  } catch {
    return body // the engine says what is wrong with it
  }
}

function runnerOf(signature: Signature, platform: string, run: ModelRunner['run']): ModelRunner {
  return { signature, platform, parallel: atOnce, elsewhere: true, run, close: () => Promise.resolve() }
}

function read<T>(source: RemoteSource, schema: z.ZodType<T>, value: unknown): T {
  const found = schema.safeParse(value)
  if (found.success) return found.data
  const issue = found.error.issues[0]
  throw notUnderstood(source, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not fit'}`)
}

function notUnderstood({ url }: RemoteSource, reason: string): Error {
  return remoteProblem['not-understood']({ url, reason })
}
