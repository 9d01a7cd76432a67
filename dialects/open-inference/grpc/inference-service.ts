import type { DialectCall, EndpointView, ModelManager, PlaneView, PredictResult } from '@millrace/model-serving/plane'
import type { GrpcMethod, GrpcService, Metadata, ProtoValues } from '@millrace/model-serving/wire'
import { decodeMessage, encodeMessage, ProtoError } from '@millrace/model-serving/wire'
import { configurationOf, dataTypes, metadataOf, modelIn, statisticsIn } from '../describe-model.ts'
import type { ConfiguredTensor } from '../describe-model.ts'
import {
  logSettings,
  noSharedMemory,
  serverMetadata,
  settingsAreTheServers,
  traceSettings,
} from '../describe-server.ts'
import { inferenceProblem } from '../inference-problem.ts'
import { indexOf, manageOptions } from '../repository.ts'
import { inferenceFile, inferenceSchema } from './inference-schema.ts'
import { readInferMessage } from './read-infer-message.ts'
import { writeInferMessage, writeStreamMessage, writeStreamRefusal } from './write-infer-message.ts'

/** Open Inference v2 over gRPC, with Triton's extensions: `inference.GRPCInferenceService`. */
export const inferenceService: GrpcService = {
  name: 'inference.GRPCInferenceService',
  schema: inferenceSchema,
  file: inferenceFile,
  methods: {
    ServerLive: described('ServerLive', () => ({ live: true })),
    ServerReady: described('ServerReady', ({ ready }) => ({ ready })),
    ModelReady: described('ModelReady', (view, request) => ({ ready: modelOf(view, request).ready })),
    ServerMetadata: described('ServerMetadata', () => serverMetadata),
    ModelMetadata: described('ModelMetadata', (view, request) => metadataOf(modelOf(view, request))),
    ModelInfer: {
      ...named('ModelInfer'),
      call: (message) => inferCall(message, writeInferMessage),
    },
    ModelStreamInfer: {
      takes: '.inference.ModelInferRequest',
      gives: '.inference.ModelStreamInferResponse',
      streams: 'both',
      call: (message) => inferCall(message, writeStreamMessage),
      refuse: ({ sentence }, metadata) => (wantsStatus(metadata) ? undefined : writeStreamRefusal(sentence)),
    },
    ModelConfig: described('ModelConfig', (view, request) => ({
      config: configurationValues(modelOf(view, request)),
    })),
    ModelStatistics: described('ModelStatistics', (view, { name, version }) => ({
      model_stats: statisticsIn(view, text(name), text(version)),
    })),
    RepositoryIndex: managed('RepositoryIndex', async (manager, { ready }) => ({
      models: (await indexOf(manager, ready === true)).map((model) => ({ ...model })),
    })),
    RepositoryModelLoad: managed('RepositoryModelLoad', async (manager, request) => {
      const name = managedName(request)
      await manager.load(name, manageOptions(plainParameters(request['parameters'])))
      return { model_name: name, isLoaded: true }
    }),
    RepositoryModelUnload: managed('RepositoryModelUnload', async (manager, request) => {
      const name = managedName(request)
      await manager.unload(name, manageOptions(plainParameters(request['parameters'])))
      return { model_name: name, isUnloaded: true }
    }),
    SystemSharedMemoryStatus: described('SystemSharedMemoryStatus', () => ({})),
    SystemSharedMemoryRegister: described('SystemSharedMemoryRegister', () => notHere(noSharedMemory)),
    SystemSharedMemoryUnregister: described('SystemSharedMemoryUnregister', () => ({})),
    CudaSharedMemoryStatus: described('CudaSharedMemoryStatus', () => ({})),
    CudaSharedMemoryRegister: described('CudaSharedMemoryRegister', () => notHere(noSharedMemory)),
    CudaSharedMemoryUnregister: described('CudaSharedMemoryUnregister', () => ({})),
    TraceSetting: described('TraceSetting', (_view, { settings }) => {
      if (Object.keys(settings ?? {}).length > 0) notHere(settingsAreTheServers)
      return { settings: mapped(traceSettings, (value) => ({ value })) }
    }),
    LogSettings: described('LogSettings', (_view, { settings }) => {
      if (Object.keys(settings ?? {}).length > 0) notHere(settingsAreTheServers)
      return { settings: mapped(logSettings, settingValue) }
    }),
  },
}

function named(method: string): { readonly takes: string; readonly gives: string } {
  return { takes: `.inference.${method}Request`, gives: `.inference.${method}Response` }
}

/** A method that is answered from what the plane knows. */
function described(method: string, answer: (view: PlaneView, request: ProtoValues) => ProtoValues): GrpcMethod {
  const { takes, gives } = named(method)
  return {
    takes,
    gives,
    call: (message) => {
      const request = decode(takes, message)
      return { kind: 'describe', answer: (view) => body(encodeMessage(inferenceSchema, gives, answer(view, request))) }
    },
  }
}

function managed(
  method: string,
  answer: (manager: ModelManager, request: ProtoValues) => Promise<ProtoValues>,
): GrpcMethod {
  const { takes, gives } = named(method)
  return {
    takes,
    gives,
    call: (message) => {
      const request = decode(takes, message)
      return {
        kind: 'manage',
        run: async (manager) => body(encodeMessage(inferenceSchema, gives, await answer(manager, request))),
      }
    },
  }
}

function decode(name: string, message: Buffer): ProtoValues {
  try {
    return decodeMessage(inferenceSchema, name, message)
  } catch (error) {
    if (error instanceof ProtoError) throw inferenceProblem['malformed-message']({ reason: error.message }, error)
    throw error
  }
}

function inferCall(
  message: Buffer,
  write: (wish: ReturnType<typeof readInferMessage>, result: PredictResult, isFinal?: boolean) => Buffer,
): DialectCall {
  const request = readInferMessage(message)
  const { model, version, parameters } = request
  // Streams of models with any number of answers end with one that says so; ours have one answer, which is the last.
  const isFinal = parameters['triton_enable_empty_final_response'] === true ? true : undefined
  return {
    kind: 'predict',
    endpoint: model,
    ...(version === '' ? {} : { version }),
    read: () => ({ ...request, write: (result: PredictResult) => body(write(request, result, isFinal)) }),
  }
}

function body(message: Uint8Array) {
  return { status: 200, headers: {}, body: message }
}

function wantsStatus(metadata: Metadata): boolean {
  return metadata['triton_grpc_error'] === 'true'
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function modelOf(view: PlaneView, { name, version }: ProtoValues): EndpointView {
  return modelIn(view, text(name), text(version))
}

function configurationValues(model: EndpointView): ProtoValues {
  const { name, maxBatchSize, inputs, outputs, platform, backend } = configurationOf(model)
  const tensor = (configured: ConfiguredTensor) => ({
    name: configured.name,
    data_type: dataTypes[configured.datatype],
    dims: configured.dims,
  })
  return {
    name,
    platform,
    backend,
    max_batch_size: maxBatchSize,
    input: inputs.map(tensor),
    output: outputs.map(tensor),
    ...(maxBatchSize > 0 ? { dynamic_batching: {} } : {}),
    model_transaction_policy: {},
  }
}

/** KServe writes the model's name where the others have the repository's. */
function managedName(request: ProtoValues): string {
  return text(request['model_name']) || text(request['repository_name'])
}

function plainParameters(parameters: unknown): Record<string, unknown> {
  return mapped((parameters ?? {}) as Readonly<Record<string, ProtoValues>>, (choice) => {
    // by the schema
    const [value] = Object.values(choice)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    return typeof value === 'bigint' ? Number(value) : value
  })
}

function settingValue(value: boolean | number | string): ProtoValues {
  if (typeof value === 'boolean') return { bool_param: value }
  return typeof value === 'number' ? { uint32_param: value } : { string_param: value }
}

function mapped<V, W>(values: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}

function notHere(what: string): never {
  throw inferenceProblem['not-here']({ what })
}
