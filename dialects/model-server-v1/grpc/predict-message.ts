import type { PredictResult, Tensor } from '@millrace/model-serving/plane'
import { ProtoReader, ProtoWriter } from '@millrace/model-serving/wire'
import { v1Problem } from '../v1-problem.ts'
import { readTensorProto, writeTensorProto } from './tensor-proto.ts'

/** Which model a message is for. `version` may be a label. */
export interface ModelSpec {
  readonly name: string
  readonly version: string
  readonly signature: string
}

/** A `PredictRequest`, read. */
export interface PredictMessage {
  readonly spec: ModelSpec
  readonly tensors: readonly Tensor[]
  /** Outputs asked for; empty: all. */
  readonly outputs: readonly string[]
}

/** Reads a `PredictRequest`. Throws problems with status 400, `ProtoError`. */
export function readPredictMessage(bytes: Buffer): PredictMessage {
  let spec: ModelSpec = { name: '', version: '', signature: '' }
  const tensors: Tensor[] = []
  const outputs: string[] = []
  const reader = new ProtoReader(bytes)
  while (reader.next()) {
    if (reader.field === 1) spec = readModelSpec(reader.message())
    else if (reader.field === 2) tensors.push(readInput(reader.message()))
    else if (reader.field === 3) outputs.push(reader.text())
    else reader.skip()
  }
  return { spec: checkedSpec(spec), tensors, outputs }
}

/** Reads a `ModelSpec`. Throws `ProtoError`. */
export function readModelSpec(reader: ProtoReader): ModelSpec {
  const spec = { name: '', version: '', signature: '' }
  while (reader.next()) {
    if (reader.field === 1) spec.name = reader.text()
    else if (reader.field === 2) spec.version = readVersion(reader.message())
    else if (reader.field === 3) spec.signature = reader.text()
    else if (reader.field === 4) spec.version = reader.text()
    else reader.skip()
  }
  return spec
}

function readVersion(reader: ProtoReader): string {
  let version = '0'
  while (reader.next()) {
    if (reader.field === 1) version = String(reader.int64())
    else reader.skip()
  }
  return version
}

/** A spec that names a model and its one signature. Throws `model-server-v1/invalid-request`, `…/unknown-signature`. */
export function checkedSpec(spec: ModelSpec): ModelSpec {
  if (spec.name === '') throw v1Problem['invalid-request']({ what: 'its model_spec names no model' })
  if (spec.signature !== '' && spec.signature !== 'serving_default') {
    throw v1Problem['unknown-signature']({ name: spec.signature.slice(0, 100) })
  }
  return spec
}

function readInput(reader: ProtoReader): Tensor {
  let name = ''
  let tensor: Buffer = Buffer.alloc(0)
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) tensor = reader.bytes()
    else reader.skip()
  }
  return readTensorProto(name, tensor)
}

/** A `PredictResponse` with the outputs asked for. Throws `model-server-v1/invalid-request` for an unknown one. */
export function writePredictMessage({ outputs: asked }: PredictMessage, result: PredictResult): Buffer {
  const given = result.outputs
  const unknown = asked.find((name) => !given.some((output) => output.name === name))
  if (unknown !== undefined) {
    const has = given.map(({ name }) => `"${name}"`).join(', ')
    throw v1Problem['invalid-request']({ what: `the model has no output "${unknown}"; it has ${has}` })
  }
  const outputs = asked.length === 0 ? given : given.filter(({ name }) => asked.includes(name))
  const writer = new ProtoWriter(512)
  for (const output of outputs) {
    writer.message(1, () => {
      writer.text(1, output.name)
      writeTensorProto(writer, 2, output)
    })
  }
  writer.message(2, () => {
    writer.text(1, result.endpoint)
    writer.message(2, () => writer.integer(1, result.version))
    writer.text(3, 'serving_default')
  })
  return writer.finish()
}
