import type {
  DialectCall,
  PlaneView,
  PredictResult,
  Signature,
  Tensor,
  TensorSpec,
} from '@millrace/model-serving/plane'
import type { GrpcMethod, GrpcService, ProtoValues } from '@millrace/model-serving/wire'
import { decodeMessage, encodeMessage, ProtoError, ProtoReader } from '@millrace/model-serving/wire'
import { modelIn, predictMethod, tensorflowTypes } from '../describe.ts'
import { classesOf, valuesOf } from '../judge-outputs.ts'
import { v1Problem } from '../v1-problem.ts'
import { exampleTensors } from './example-tensors.ts'
import type { ModelSpec } from './predict-message.ts'
import { checkedSpec, readModelSpec, readPredictMessage, writePredictMessage } from './predict-message.ts'
import { servingFile, tensorflowSchema } from './tensorflow-schema.ts'

const owner = '.tensorflow.serving.'

/** TensorFlow Serving over gRPC: `PredictionService` and `ModelService`. */
export const tensorflowServices: readonly GrpcService[] = [
  {
    name: 'tensorflow.serving.PredictionService',
    schema: tensorflowSchema,
    file: servingFile,
    methods: {
      Predict: {
        takes: `${owner}PredictRequest`,
        gives: `${owner}PredictResponse`,
        call: (message) => predict(soundly(() => readPredictMessage(message))),
      },
      Classify: judged('Classification', (result) => ({
        classifications: classesOf(result).map((classes) => ({ classes: classes.map((scored) => ({ ...scored })) })),
      })),
      Regress: judged('Regression', (result) => ({ regressions: valuesOf(result).map((value) => ({ value })) })),
      MultiInference: {
        takes: `${owner}MultiInferenceRequest`,
        gives: `${owner}MultiInferenceResponse`,
        call: () => notHere('MultiInference is not spoken here. Ask Classify and Regress one after the other.'),
      },
      GetModelMetadata: described('GetModelMetadata', metadataValues),
    },
  },
  {
    name: 'tensorflow.serving.ModelService',
    schema: tensorflowSchema,
    file: servingFile,
    methods: {
      GetModelStatus: described('GetModelStatus', statusValues),
      HandleReloadConfigRequest: {
        takes: `${owner}ReloadConfigRequest`,
        gives: `${owner}ReloadConfigResponse`,
        call: () => notHere('Models are set in the server’s own configuration, not through this method.'),
      },
    },
  },
]

function body(message: Uint8Array) {
  return { status: 200, headers: {}, body: message }
}

/** Bytes that are no such message are the caller's mistake. */
function soundly<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtoError) throw v1Problem['malformed-message']({ reason: error.message }, error)
    throw error
  }
}

function notHere(what: string): never {
  throw v1Problem['not-here']({ what })
}

function callFor(
  { name, version }: ModelSpec,
  tensors: (signature: Signature) => readonly Tensor[],
  write: (result: PredictResult) => Uint8Array,
): DialectCall {
  return {
    kind: 'predict',
    endpoint: name,
    ...(version === '' ? {} : { version }),
    read: (_body, _headers, { signature }) => ({
      tensors: tensors(signature),
      write: (result: PredictResult) => body(write(result)),
    }),
  }
}

function predict(message: ReturnType<typeof readPredictMessage>): DialectCall {
  return callFor(
    message.spec,
    () => message.tensors,
    (result) => writePredictMessage(message, result),
  )
}

/** Classify and Regress: examples in, judged outputs back. */
function judged(kind: string, judge: (result: PredictResult) => ProtoValues): GrpcMethod {
  const takes = `${owner}${kind}Request`
  const gives = `${owner}${kind}Response`
  return {
    takes,
    gives,
    call: (message) => {
      const request = soundly(() => decodeMessage(tensorflowSchema, takes, message))
      const input = (request['input'] ?? {}) as ProtoValues // by the schema
      return callFor(
        specIn(message),
        (signature) => exampleTensors(input, signature),
        (result) => encodeMessage(tensorflowSchema, gives, { result: judge(result), model_spec: specOf(result) }),
      )
    },
  }
}

function specOf({ endpoint, version }: PredictResult): ProtoValues {
  return { name: endpoint, version: { value: version }, signature_name: 'serving_default' }
}

/** The `model_spec` of a request, which all of them have as their first field. */
function specIn(message: Buffer): ModelSpec {
  return soundly(() => {
    const reader = new ProtoReader(message)
    let spec: ModelSpec = { name: '', version: '', signature: '' }
    while (reader.next()) {
      if (reader.field === 1) spec = readModelSpec(reader.message())
      else reader.skip()
    }
    return checkedSpec(spec)
  })
}

function described(
  method: string,
  answer: (view: PlaneView, spec: ModelSpec, request: ProtoValues) => ProtoValues,
): GrpcMethod {
  const takes = `${owner}${method}Request`
  const gives = `${owner}${method}Response`
  return {
    takes,
    gives,
    call: (message) => {
      const spec = specIn(message)
      const request = soundly(() => decodeMessage(tensorflowSchema, takes, message))
      return {
        kind: 'describe',
        answer: (view) => body(encodeMessage(tensorflowSchema, gives, answer(view, spec, request))),
      }
    },
  }
}

const available = 30
const loading = 20

function statusValues(view: PlaneView, { name, version }: ModelSpec): ProtoValues {
  const { versions, ready } = modelIn(view, name, version)
  const shown = versions.includes(version) ? [version] : versions
  const state = ready ? available : loading
  return { model_version_status: shown.map((known) => ({ version: Number(known), state, status: {} })) }
}

function metadataValues(view: PlaneView, { name, version }: ModelSpec, request: ProtoValues): ProtoValues {
  const asked = (request['metadata_field'] ?? []) as readonly string[] // by the schema
  if (asked.length === 0) throw v1Problem['invalid-request']({ what: 'metadata_field must be "signature_def"' })
  const other = asked.find((field) => field !== 'signature_def')
  if (other !== undefined) {
    throw v1Problem['invalid-request']({ what: `the metadata field "${other}" is not known; ask for signature_def` })
  }
  const model = modelIn(view, name, version)
  const { inputs, outputs } = model.signature
  const signature = { inputs: tensorInfos(inputs), outputs: tensorInfos(outputs), method_name: predictMethod }
  const map = encodeMessage(tensorflowSchema, `${owner}SignatureDefMap`, {
    signature_def: { serving_default: signature },
  })
  const shown = Number(version === '' ? model.versions[0] : version)
  return {
    model_spec: { name, version: { value: Number.isSafeInteger(shown) ? shown : 0 } },
    metadata: {
      signature_def: { type_url: 'type.googleapis.com/tensorflow.serving.SignatureDefMap', value: map },
    },
  }
}

function tensorInfos(specs: readonly TensorSpec[]): ProtoValues {
  return Object.fromEntries(
    specs.map(({ name, datatype, shape }) => {
      const dim = shape.map((size) => ({ size }))
      return [name, { name, dtype: tensorflowTypes[datatype], tensor_shape: { dim } }]
    }),
  )
}
