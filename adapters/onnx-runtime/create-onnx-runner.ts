import type {
  CreateRunner,
  Datatype,
  ModelRunner,
  OnnxSource,
  Signature,
  Tensor,
  TensorData,
  TensorSpec,
} from '@millrace/model-serving/plane'
import type * as OnnxRuntime from 'onnxruntime-node'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { onnxProblem } from './onnx-problem.ts'

// onnxruntime reports its use to its maker over the network unless told not to; it reads this when it is loaded. Threads
// have an environment of their own that native code does not see, so it is set with the first import, in the main thread.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1'

type OrtType = OrtTensor.Type
type Metadata = InferenceSession.ValueMetadata
type Ort = typeof OnnxRuntime

const datatypeOf: Partial<Record<string, Datatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
}

const ortTypeOf: Readonly<Record<Datatype, OrtType>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
}

/** Loads an ONNX file. Throws `onnx-runtime/unreadable`, `onnx-runtime/unsupported`. `run` computes on the calling thread. */
export const createOnnxRunner: CreateRunner<OnnxSource> = async ({ path }): Promise<ModelRunner> => {
  // Loaded with the first model: the library costs 25 MB.
  const ort = await import('onnxruntime-node')
  const session = await openSession(ort, path)
  const signature: Signature = {
    inputs: session.inputMetadata.map(specOf),
    outputs: session.outputMetadata.map(specOf),
  }
  return {
    signature,
    platform: 'onnx_onnxv1',
    run: async (inputs) => {
      const feeds: Record<string, OrtTensor> = {}
      for (const input of inputs) feeds[input.name] = toOrt(ort, input)
      const results = await session.run(feeds)
      return signature.outputs.map((spec) => fromOrt(spec, results[spec.name]))
    },
    close: () => session.release(),
  }
}

async function openSession(ort: Ort, path: string): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(path, {
      // One core per run: the data plane has a process per core, and threads that spin would fight it.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 4,
    })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    throw onnxProblem.unreadable({ reason: shortReason(text, path) }, error)
  }
}

/** The runtime's sentence without its own path names and codes. */
function shortReason(text: string, path: string): string {
  const line = text.replaceAll(path, 'the file').split('\n')[0] ?? ''
  return line
    .replace(/^.*?\b(?:failed|error)\s*:\s*/i, '')
    .replace(/\.$/, '')
    .slice(0, 300)
}

function specOf(metadata: Metadata): TensorSpec {
  const { name } = metadata
  if (!metadata.isTensor) throw onnxProblem.unsupported({ name, reason: 'it is a sequence or a map, not a tensor' })
  const datatype = datatypeOf[metadata.type]
  if (datatype === undefined) throw onnxProblem.unsupported({ name, reason: `its element type is ${metadata.type}` })
  return { name, datatype, shape: metadata.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : -1)) }
}

function toOrt(ort: Ort, { datatype, shape, data }: Tensor): OrtTensor {
  // The constructor's overloads tie each type to its array; `datatype` and `data` were made together.
  const tensor = new ort.Tensor(ortTypeOf[datatype] as 'float32', data as Float32Array, shape)
  // The constructor makes a Float16Array of the bits, which the runtime's native part takes for an empty one.
  return datatype === 'FP16' ? Object.defineProperty(tensor, 'data', { value: data }) : tensor
}

function fromOrt(spec: TensorSpec, result: OrtTensor | undefined): Tensor {
  if (result === undefined)
    throw onnxProblem.unsupported({ name: spec.name, reason: 'the runtime gave no value for it' })
  return { name: spec.name, datatype: spec.datatype, shape: result.dims, data: dataOf(result) }
}

function dataOf(result: OrtTensor): TensorData {
  const { data } = result
  // Float16Array exists in newer runtimes; its bits are what FP16 carries.
  if (result.type === 'float16') {
    const bits = data as Uint16Array
    return new Uint16Array(bits.buffer, bits.byteOffset, bits.length)
  }
  return data
}
