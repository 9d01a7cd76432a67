import type { Datatype, EndpointView, PlaneView, TensorSpec } from '@millrace/model-serving/plane'
import { v1Problem } from './v1-problem.ts'

/** TensorFlow's numbers of element types. */
export const tensorflowTypes: Readonly<Record<Datatype, number>> = {
  FP32: 1,
  FP64: 2,
  INT32: 3,
  UINT8: 4,
  INT16: 5,
  INT8: 6,
  BYTES: 7,
  INT64: 9,
  BOOL: 10,
  UINT16: 17,
  FP16: 19,
  UINT32: 22,
  UINT64: 23,
}

/** And their names. */
export const tensorflowTypeNames: Readonly<Record<Datatype, string>> = {
  FP32: 'DT_FLOAT',
  FP64: 'DT_DOUBLE',
  INT32: 'DT_INT32',
  UINT8: 'DT_UINT8',
  INT16: 'DT_INT16',
  INT8: 'DT_INT8',
  BYTES: 'DT_STRING',
  INT64: 'DT_INT64',
  BOOL: 'DT_BOOL',
  UINT16: 'DT_UINT16',
  FP16: 'DT_HALF',
  UINT32: 'DT_UINT32',
  UINT64: 'DT_UINT64',
}

/** The method of the one signature that models have here. */
export const predictMethod = 'tensorflow/serving/predict'

/** The endpoint, or `model-server-v1/unknown-model`. */
export function modelIn(view: PlaneView, name: string, version = ''): EndpointView {
  const found = view.endpoint(name, version === '' ? undefined : version)
  if (found === undefined) throw v1Problem['unknown-model']({ name, version })
  return found
}

/** All models, for KServe and OpenAI at once: neither minds the other's members. */
export function listModels({ names }: PlaneView) {
  return { object: 'list', data: names.map((name) => openAiModel(name)), models: names }
}

function openAiModel(id: string) {
  return { id, object: 'model', created: 0, owned_by: 'millrace' }
}

/** One model, for KServe, OpenAI and TensorFlow Serving at once. */
export function describeModel(view: PlaneView, name: string, version: string) {
  const model = modelIn(view, name, version)
  return { ...openAiModel(name), name, ready: model.ready, model_version_status: statesOf(model, version) }
}

function statesOf({ versions, ready }: EndpointView, version: string) {
  const shown = version !== '' && versions.includes(version) ? [version] : versions
  return shown.map((known) => ({
    version: known,
    state: ready ? 'AVAILABLE' : 'LOADING',
    status: { error_code: 'OK', error_message: '' },
  }))
}

/** The signature as TensorFlow Serving's metadata says it. */
export function describeSignature(view: PlaneView, name: string, version: string) {
  const model = modelIn(view, name, version)
  const { inputs, outputs } = model.signature
  const signature = {
    inputs: Object.fromEntries(inputs.map(tensorInfo)),
    outputs: Object.fromEntries(outputs.map(tensorInfo)),
    method_name: predictMethod,
    defaults: {},
  }
  return {
    model_spec: { name, signature_name: '', version: version === '' ? (model.versions[0] ?? '') : version },
    metadata: { signature_def: { signature_def: { serving_default: signature } } },
  }
}

function tensorInfo({ name, datatype, shape }: TensorSpec) {
  const dim = shape.map((size) => ({ size: String(size), name: '' }))
  return [name, { dtype: tensorflowTypeNames[datatype], tensor_shape: { dim, unknown_rank: false }, name }] as const
}
