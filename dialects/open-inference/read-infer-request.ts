import type { Datatype, Signature, Tensor } from '@millrace/model-serving/plane'
import { datatypes } from '@millrace/model-serving/plane'
import type { PredictRequest } from '@millrace/model-serving/plane'
import { parseExactly } from '@millrace/model-serving/wire'
import type { InferWish } from './infer-wish.ts'
import { classesOf, scheduleOf } from './infer-wish.ts'
import { inferenceProblem } from './inference-problem.ts'
import type { Members } from './parse-body.ts'
import { members, parametersOf, parseText } from './parse-body.ts'
import { tensorOfBytes } from './tensor-of-bytes.ts'
import { tensorOfJson } from './tensor-of-json.ts'

/** An inference request, read. Its tensors are whole but not yet held against a model. */
export interface InferRequest extends InferWish, Pick<PredictRequest, 'eventTimeMs' | 'priority' | 'timeoutMs'> {
  readonly tensors: readonly Tensor[]
}

/**
 * Reads the body of an infer request. `headerLength` is the header Inference-Header-Content-Length; with it, raw tensors
 * follow the JSON; 0 means the body is the model's single input and nothing else. Throws problems with status 400 alone.
 */
export function readInferRequest(
  body: Uint8Array,
  headerLength: string | undefined,
  signature: Signature,
): InferRequest {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (headerLength === undefined) return readJson(bytes.toString('utf8'), undefined)
  const length = Number(headerLength)
  if (!/^\d{1,15}$/.test(headerLength) || length > bytes.length) {
    throw inferenceProblem['header-length']({ got: headerLength.slice(0, 40), bodyBytes: bytes.length })
  }
  if (length === 0) return readRaw(bytes, signature)
  return readJson(bytes.toString('utf8', 0, length), bytes.subarray(length))
}

function readJson(text: string, binary: Buffer | undefined): InferRequest {
  return readMembers(members(parseText(text), 'it must be an object'), text, binary)
}

/** Reads a request whose JSON is parsed already; `text` is read again where 64-bit integers need it. */
export function readMembers(request: Members, text: string, binary?: Buffer): InferRequest {
  const heads = headsOf(request)
  const bigger = heads.some(({ datatype, data }) => isLongInteger(datatype) && hasUnsafe(data))
  const exact = bigger ? headsOf(members(parseText(text, parseExactly), 'it must be an object')) : heads
  const parameters = parametersOf(request)
  return {
    ...idOf(request),
    ...scheduleOf(parameters),
    ...outputsOf(request),
    tensors: tensorsOf(exact, binary),
    binaryOutput: parameters['binary_data_output'] === true,
  }
}

interface InputHead {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: unknown
  readonly binarySize: number | undefined
}

function headsOf(request: Members): InputHead[] {
  const { inputs } = request
  if (!Array.isArray(inputs)) throw invalid('"inputs" must be a list of tensors')
  return inputs.map((input, index) => headOf(members(input, `input ${index} must be an object`), index))
}

function headOf(input: Members, index: number): InputHead {
  const { name, shape, data } = input
  if (typeof name !== 'string' || name === '') throw invalid(`input ${index} has no "name"`)
  const datatype = datatypes.find((known) => known === input['datatype'])
  if (datatype === undefined) {
    throw wrongTensor(name, `its datatype ${said(input['datatype'])} is none of ${datatypes.join(', ')}`)
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) throw wrongTensor(name, '"shape" must be a list of sizes')
  const size = parametersOf(input)['binary_data_size']
  if (size !== undefined && !isSize(size)) throw wrongTensor(name, 'its "binary_data_size" is no size')
  if (size !== undefined && data !== undefined) throw wrongTensor(name, 'it has both "data" and "binary_data_size"')
  return { name, datatype, shape, data, binarySize: size }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 40
}

function tensorsOf(heads: readonly InputHead[], binary: Buffer | undefined): Tensor[] {
  let at = 0
  const tensors = heads.map(({ binarySize, data, ...head }) => {
    if (binarySize === undefined) return tensorOfJson(head, data)
    const left = (binary?.length ?? 0) - at
    if (binary === undefined || binarySize > left) {
      throw inferenceProblem['binary-size']({ name: head.name, announced: binarySize, left })
    }
    at += binarySize
    return tensorOfBytes(head, binary.subarray(at - binarySize, at))
  })
  if (binary !== undefined && at < binary.length) throw inferenceProblem['binary-left']({ left: binary.length - at })
  return tensors
}

/** The whole body is the single input's data, one row. */
function readRaw(bytes: Buffer, { inputs }: Signature): InferRequest {
  const [input] = inputs
  if (input === undefined || inputs.length !== 1) {
    throw invalid(`a body without JSON needs a model with one input; this one has ${inputs.length}`)
  }
  const [batch, ...rest] = input.shape
  if (rest.includes(-1))
    throw invalid('a body without JSON needs a model whose input varies in its first dimension alone')
  const head = { name: input.name, datatype: input.datatype, shape: batch === -1 ? [1, ...rest] : input.shape }
  return { tensors: [tensorOfBytes(head, bytes)], binaryOutput: true }
}

function idOf(request: Members): { id?: string } {
  const { id } = request
  if (id === undefined || id === null || id === '') return {}
  if (typeof id !== 'string' || id.length > 256) throw invalid('"id" must be a text of at most 256 characters')
  return { id }
}

function outputsOf(request: Members): Pick<InferRequest, 'outputs'> {
  const { outputs } = request
  if (outputs === undefined || outputs === null) return {}
  if (!Array.isArray(outputs)) throw invalid('"outputs" must be a list')
  const inherits = parametersOf(request)['binary_data_output'] === true
  const asked = outputs.map((output, index) => {
    const asked = members(output, `output ${index} must be an object`)
    if (typeof asked['name'] !== 'string') throw invalid(`output ${index} has no "name"`)
    const parameters = parametersOf(asked)
    const own = parameters['binary_data']
    const binary = typeof own === 'boolean' ? own : inherits
    return { name: asked['name'], binary, ...classesOf(parameters, asked['name']) }
  })
  return asked.length === 0 ? {} : { outputs: asked }
}

function isLongInteger(datatype: Datatype): boolean {
  return datatype === 'INT64' || datatype === 'UINT64'
}

function hasUnsafe(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(hasUnsafe)
  return typeof data === 'number' && !Number.isSafeInteger(data)
}

function invalid(what: string) {
  return inferenceProblem['invalid-request']({ what })
}

function wrongTensor(name: string, what: string) {
  return inferenceProblem['invalid-tensor']({ name, what })
}

function said(value: unknown): string {
  return value === undefined ? 'is missing and' : JSON.stringify(value).slice(0, 60)
}
