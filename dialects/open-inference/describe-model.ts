import type {
  CountAndTime,
  Datatype,
  EndpointView,
  PlaneView,
  TensorSpec,
  VersionStatistics,
} from '@millrace/model-serving/plane'
import { inferenceProblem } from './inference-problem.ts'

/** The endpoint, or `open-inference/unknown-model`. */
export function modelIn(view: PlaneView, name: string, version = ''): EndpointView {
  const found = view.endpoint(name, version === '' ? undefined : version)
  if (found === undefined) throw inferenceProblem['unknown-model']({ name, version })
  return found
}

/** What the protocol calls a model's metadata. */
export function metadataOf({ name, versions, platform, signature }: EndpointView) {
  return {
    name,
    versions,
    platform,
    inputs: signature.inputs.map(tensorMetadata),
    outputs: signature.outputs.map(tensorMetadata),
  }
}

function tensorMetadata({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape }
}

/** Numbers of the protocol's `DataType`. */
export const dataTypes: Readonly<Record<Datatype, number>> = {
  BOOL: 1,
  UINT8: 2,
  UINT16: 3,
  UINT32: 4,
  UINT64: 5,
  INT8: 6,
  INT16: 7,
  INT32: 8,
  INT64: 9,
  FP16: 10,
  FP32: 11,
  FP64: 12,
  BYTES: 13,
}

/** A tensor of the model configuration: sizes without the batch where the model batches. */
export interface ConfiguredTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly dims: readonly number[]
}

/** The model configuration, in the parts that both REST and gRPC write. */
export interface ModelConfiguration {
  readonly name: string
  readonly platform: string
  readonly backend: string
  readonly maxBatchSize: number
  readonly inputs: readonly ConfiguredTensor[]
  readonly outputs: readonly ConfiguredTensor[]
}

/** What a client needs to make requests of its own: perf_analyzer reads it. */
export function configurationOf({ name, platform, signature, maxBatchRows }: EndpointView): ModelConfiguration {
  const tensors = [...signature.inputs, ...signature.outputs]
  // A batch dimension alone leaves no dims, which a configuration cannot say.
  const batches = maxBatchRows > 0 && tensors.every(({ shape }) => shape.length > 1)
  const configured = ({ name, datatype, shape }: TensorSpec): ConfiguredTensor => ({
    name,
    datatype,
    dims: batches ? shape.slice(1) : shape,
  })
  return {
    name,
    platform,
    backend: platform.startsWith('onnx') ? 'onnxruntime' : 'python',
    maxBatchSize: batches ? maxBatchRows : 0,
    inputs: signature.inputs.map(configured),
    outputs: signature.outputs.map(configured),
  }
}

/** The model configuration as REST writes it. */
export function configurationJson(model: EndpointView) {
  const { name, platform, backend, maxBatchSize, inputs, outputs } = configurationOf(model)
  const tensor = ({ name, datatype, dims }: ConfiguredTensor) => ({
    name,
    data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`,
    dims,
  })
  return {
    name,
    platform,
    backend,
    version_policy: { specific: { versions: model.versions.map(Number).filter(Number.isSafeInteger) } },
    max_batch_size: maxBatchSize,
    input: inputs.map(tensor),
    output: outputs.map(tensor),
    instance_group: [{ name, kind: 'KIND_CPU', count: 1, gpus: [], profile: [] }],
    ...(maxBatchSize > 0 ? { dynamic_batching: { max_queue_delay_microseconds: 0 } } : {}),
    model_transaction_policy: { decoupled: false },
  }
}

/** Figures of the versions of a model, by the names of the statistics extension; the same in JSON and in messages. */
export function statisticsOf(model: EndpointView, version?: string) {
  return model
    .statistics()
    .filter((figures) => version === undefined || version === '' || figures.version === version)
    .map((figures) => versionStatistics(model.name, figures))
}

function versionStatistics(name: string, figures: VersionStatistics) {
  return {
    name,
    version: figures.version,
    last_inference: figures.lastInferenceMs,
    inference_count: figures.inferenceCount,
    execution_count: figures.executionCount,
    inference_stats: {
      success: duration(figures.success),
      fail: duration(figures.fail),
      queue: duration(figures.queue),
      compute_input: duration(figures.computeInput),
      compute_infer: duration(figures.computeInfer),
      compute_output: duration(figures.computeOutput),
      cache_hit: duration(figures.cacheHit),
      cache_miss: duration(figures.cacheMiss),
    },
    batch_stats: figures.batches.map(({ rows, infer }) => ({
      batch_size: rows,
      compute_input: duration({ count: infer.count, durationNs: 0 }),
      compute_infer: duration(infer),
      compute_output: duration({ count: infer.count, durationNs: 0 }),
    })),
    memory_usage: [],
    response_stats: {},
  }
}

function duration({ count, durationNs }: CountAndTime) {
  return { count, ns: Math.round(durationNs) }
}

/** Figures of one model, or with no name of all. Throws `open-inference/unknown-model`. */
export function statisticsIn(view: PlaneView, name: string | undefined, version?: string) {
  if (name !== undefined && name !== '') return statisticsOf(modelIn(view, name, version), version)
  return view.names.flatMap((known) => {
    const model = view.endpoint(known)
    return model === undefined ? [] : statisticsOf(model)
  })
}
