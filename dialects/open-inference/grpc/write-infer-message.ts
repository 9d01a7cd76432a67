import type { PredictResult, Tensor } from '@millrace/model-serving/plane'
import { bytesOfData, ProtoWriter } from '@millrace/model-serving/wire'
import type { InferWish } from '../infer-wish.ts'
import { chooseOutputs } from '../infer-wish.ts'
import { canBeTyped, writeContents } from './typed-contents.ts'

/** A `ModelInferResponse`: raw contents where the request had them or a half needs them, else typed. Throws when an unknown output was asked for. */
export function writeInferMessage(wish: InferWish, result: PredictResult, isFinal?: boolean): Buffer {
  const outputs = chooseOutputs(wish, result.outputs).map(({ output }) => output)
  const raw = wish.binaryOutput || !canBeTyped(outputs) ? outputs.map(({ data }) => bytesOfData(data)) : undefined
  const size = raw?.reduce((sum, bytes) => sum + bytes.length, 0) ?? 0
  const writer = new ProtoWriter(512 + size)
  writeFields(writer, wish, result, outputs, raw, isFinal)
  return writer.finish()
}

/** The same inside a `ModelStreamInferResponse`. */
export function writeStreamMessage(wish: InferWish, result: PredictResult, isFinal?: boolean): Buffer {
  const message = writeInferMessage(wish, result, isFinal)
  const writer = new ProtoWriter(message.length + 16)
  writer.bytes(2, message)
  return writer.finish()
}

/** A refusal inside a `ModelStreamInferResponse`. */
export function writeStreamRefusal(sentence: string): Buffer {
  const writer = new ProtoWriter()
  writer.text(1, sentence)
  writer.message(2, () => {}) // clients ask the response for its id, and look for it before the error
  return writer.finish()
}

function writeFields(
  writer: ProtoWriter,
  { id }: InferWish,
  result: PredictResult,
  outputs: readonly Tensor[],
  raw: readonly Uint8Array[] | undefined,
  isFinal: boolean | undefined,
): void {
  writer.text(1, result.endpoint)
  writer.text(2, String(result.version))
  writer.text(3, id ?? result.id)
  writeParameter(writer, 'prediction_id', result.id)
  writeParameter(writer, 'deployment_id', result.deploymentId)
  writeParameter(writer, 'version_id', result.versionId)
  if (isFinal !== undefined) writeParameter(writer, 'triton_final_response', isFinal)
  for (const output of outputs) {
    writer.message(5, () => {
      writer.text(1, output.name)
      writer.text(2, output.datatype)
      writer.packed(3, output.shape)
      if (raw === undefined) writeContents(writer, 5, output)
    })
  }
  for (const bytes of raw ?? []) writer.bytes(6, bytes)
}

function writeParameter(writer: ProtoWriter, name: string, value: string | boolean): void {
  writer.message(4, () => {
    writer.text(1, name)
    writer.message(2, () => (typeof value === 'string' ? writer.text(3, value) : writer.bool(1, value)))
  })
}
