import type { Datatype, PredictRequest, Tensor } from '@millrace/model-serving/plane'
import { datatypes } from '@millrace/model-serving/plane'
import { ProtoError, ProtoReader, wireType } from '@millrace/model-serving/wire'
import type { AskedOutput, InferWish } from '../infer-wish.ts'
import { classesOf, scheduleOf } from '../infer-wish.ts'
import { inferenceProblem } from '../inference-problem.ts'
import { tensorOfBytes } from '../tensor-of-bytes.ts'
import { readContents } from './typed-contents.ts'

type Parameters = Readonly<Record<string, number | bigint | boolean | string>>

/** A `ModelInferRequest`, read. Its tensors are whole but not yet held against a model. */
export interface InferMessage extends InferWish, Pick<PredictRequest, 'eventTimeMs' | 'priority' | 'timeoutMs'> {
  readonly model: string
  readonly version: string
  readonly tensors: readonly Tensor[]
  readonly parameters: Parameters
}

interface Head {
  name: string
  datatype: string
  readonly shape: number[]
  contents: Buffer | undefined
}

/** What was read so far. */
interface Growing {
  model: string
  version: string
  id: string
  parameters: Record<string, number | bigint | boolean | string>
  readonly heads: Head[]
  readonly outputs: AskedOutput[]
  readonly raw: Buffer[]
}

/** Reads a `ModelInferRequest`. Throws problems with status 400 alone. */
export function readInferMessage(bytes: Buffer): InferMessage {
  try {
    return read(bytes)
  } catch (error) {
    if (error instanceof ProtoError) throw inferenceProblem['malformed-message']({ reason: error.message }, error)
    throw error
  }
}

function read(bytes: Buffer): InferMessage {
  const message: Growing = { model: '', version: '', id: '', parameters: {}, heads: [], outputs: [], raw: [] }
  const reader = new ProtoReader(bytes)
  while (reader.next()) readField(reader, message)
  const { model, version, id, parameters, heads, outputs, raw } = message
  const tensors = raw.length > 0 ? rawTensors(heads, raw) : heads.map(typedTensor)
  return {
    model,
    version,
    parameters,
    tensors,
    ...(id === '' ? {} : { id }),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...scheduleOf(parameters),
    // Answers come in the form of the question; a question without tensors has none.
    binaryOutput: raw.length > 0 || heads.length === 0,
  }
}

function readField(reader: ProtoReader, message: Growing): void {
  switch (reader.field) {
    case 1:
      message.model = reader.text()
      break
    case 2:
      message.version = reader.text()
      break
    case 3:
      message.id = reader.text()
      break
    case 4:
      readParameter(reader.message(), message.parameters)
      break
    case 5:
      message.heads.push(readHead(reader.message()))
      break
    case 6:
      message.outputs.push(readOutput(reader.message()))
      break
    case 7:
      message.raw.push(reader.bytes())
      break
    default:
      reader.skip()
  }
}

function readHead(reader: ProtoReader): Head {
  const head: Head = { name: '', datatype: '', shape: [], contents: undefined }
  while (reader.next()) {
    if (reader.field === 1) head.name = reader.text()
    else if (reader.field === 2) head.datatype = reader.text()
    else if (reader.field === 3) readShape(reader, head.shape)
    else if (reader.field === 5) {
      const contents = reader.bytes()
      // Two halves of one message are one after the other.
      head.contents = head.contents === undefined ? contents : Buffer.concat([head.contents, contents])
    } else reader.skip()
  }
  return head
}

function readShape(reader: ProtoReader, into: number[]): void {
  if (reader.type === wireType.bytes) {
    const packed = reader.message()
    while (packed.more()) into.push(Number(packed.int64()))
  } else {
    reader.expect(wireType.varint)
    into.push(Number(reader.int64()))
  }
}

function readOutput(reader: ProtoReader): AskedOutput {
  let name = ''
  const parameters: Record<string, number | bigint | boolean | string> = {}
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) readParameter(reader.message(), parameters)
    else reader.skip()
  }
  return { name, binary: true, ...classesOf(parameters, name) }
}

/** An entry of a map from names to `InferParameter`. */
function readParameter(reader: ProtoReader, into: Record<string, number | bigint | boolean | string>): void {
  let name = ''
  let value: number | bigint | boolean | string | undefined
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) value = readChoice(reader.message())
    else reader.skip()
  }
  if (value !== undefined) into[name] = value
}

function readChoice(reader: ProtoReader): number | bigint | boolean | string | undefined {
  let value: number | bigint | boolean | string | undefined
  while (reader.next()) {
    if (reader.field === 3) value = reader.text()
    else if (reader.field === 4 && reader.type === wireType.fixed64) value = reader.double()
    else if (reader.type !== wireType.varint) reader.skip()
    else if (reader.field === 1) value = reader.bool()
    else value = reader.field === 5 ? reader.uint64() : reader.int64()
  }
  return value
}

function rawTensors(heads: readonly Head[], raw: readonly Buffer[]): Tensor[] {
  if (raw.length !== heads.length) {
    throw inferenceProblem['invalid-request']({
      what: `it has ${heads.length} inputs, but ${raw.length} entries of raw_input_contents; each input needs one`,
    })
  }
  return heads.map((head, index) => {
    const known = checked(head)
    if (head.contents !== undefined && head.contents.length > 0) {
      throw invalid(head, 'it has both contents and raw_input_contents')
    }
    return tensorOfBytes(known, raw[index] ?? Buffer.alloc(0))
  })
}

function typedTensor(head: Head): Tensor {
  const known = checked(head)
  return { ...known, data: readContents(known, head.contents) }
}

function checked(head: Head): { name: string; datatype: Datatype; shape: readonly number[] } {
  const { name, shape } = head
  if (name === '') throw inferenceProblem['invalid-request']({ what: 'an input has no name' })
  const datatype = datatypes.find((known) => known === head.datatype)
  if (datatype === undefined) throw invalid(head, `its datatype "${head.datatype}" is none of ${datatypes.join(', ')}`)
  for (const size of shape) {
    if (!(size >= 0 && size <= 2 ** 40)) throw invalid(head, `${size} in its shape is no size`)
  }
  return { name, datatype, shape }
}

function invalid({ name }: Head, what: string) {
  return inferenceProblem['invalid-tensor']({ name, what })
}
