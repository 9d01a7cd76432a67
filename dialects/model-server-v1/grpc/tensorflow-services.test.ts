import { Problem } from '@millrace/contract'
import type { PlaneView, Signature, Tensor } from '@millrace/model-serving/plane'
import { ProtoWriter } from '@millrace/model-serving/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTensorProto, writeTensorProto } from './tensor-proto.ts'
import { tensorflowServices } from './tensorflow-services.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const methods = Object.assign({}, ...tensorflowServices.map((service) => service.methods)) as Record<
  string,
  (typeof tensorflowServices)[number]['methods'][string]
>
const signature: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
}

function callOf(method: string, hex: string) {
  const found = methods[method]
  if (found === undefined) throw new Error(`there is no ${method}`)
  return found.call(bytes(hex), {}, () => false)
}

function outcomeOf(method: string, hex: string): string {
  try {
    callOf(method, hex)
    return 'read'
  } catch (error) {
    return error instanceof Problem ? `refused with ${error.status}` : `failed with ${String(error)}`
  }
}

/** Reads a message and answers it with its own inputs. */
function predicted(method: string, hex: string) {
  const call = callOf(method, hex)
  if (call.kind !== 'predict') throw new Error('it predicts')
  const request = call.read(bytes(''), {}, { signature, platform: '', takesRaw: false, rawOnly: false })
  if ('raw' in request) throw new Error('it has tensors')
  const { tensors } = request
  const made = { id: 'p', endpoint: 'e', deploymentId: 'd', versionId: 'v', version: 2, rows: 1, outputs: tensors }
  return { call, tensors, answer: () => Buffer.from(request.write(made).body as Uint8Array).toString('hex') }
}

// Bytes as TensorFlow's own generated code writes them.
const predict = '0a070a016d12020803121b0a0178121608011208120208011202080222080000c03f000000401a0178'
const classify = '0a030a016d12190a170a150a130a110a0178120c120a0a080000803f00000040'

describe('PredictionService', () => {
  it('reads tensor_content and answers with typed fields, as TensorFlow Serving does', () => {
    const { call, tensors, answer } = predicted('Predict', predict)
    expect(call).toMatchObject({ endpoint: 'm', version: '3' })
    expect(tensors).toEqual([{ name: 'x', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1.5, 2) }])
    expect(answer()).toBe(
      '0a1b0a017812160801120812020801120208022a080000c03f0000004012180a0165120208021a0f73657276696e675f64656661756c74',
    )
  })
  it('classifies and regresses examples', () => {
    expect(predicted('Classify', classify).tensors).toMatchObject([{ name: 'x', shape: [1, 2] }])
    expect(predicted('Classify', classify).answer()).toMatch(/^0a160a140a080a0130150000803f0a080a0131150000004012/)
    expect(() => predicted('Regress', classify).answer()).toThrow('one value per row')
  })
  it.each([
    ['no model', '', 400, /names no model/],
    ['another signature', '0a080a016d1a036f7468', 400, /"oth" not found/],
    ['an output that the model lacks', predict.slice(0, -6) + '1a0179', 400, /no output "y"/],
    ['bytes that are no message', 'ffff', 400, /not one of this method/],
  ])('refuses %s', (_what, hex, status, sentence) => {
    const read = () => predicted('Predict', hex).answer()
    expect(read).toThrow(sentence)
    expect(read).toThrow(expect.objectContaining({ status }))
  })
  it('does not speak MultiInference, nor take configuration', () => {
    for (const method of ['MultiInference', 'HandleReloadConfigRequest']) {
      expect(() => callOf(method, '')).toThrow(expect.objectContaining({ status: 501 }))
    }
  })
})

describe('ModelService and metadata', () => {
  const endpoint = {
    name: 'm',
    versions: ['2'],
    ready: true,
    platform: '',
    signature,
    maxBatchRows: 1024,
    statistics: () => [],
  }
  const view: PlaneView = { ready: true, names: ['m'], endpoint: (name) => (name === 'm' ? endpoint : undefined) }
  const answerTo = (method: string, hex: string) => {
    const call = callOf(method, hex)
    if (call.kind !== 'describe') throw new Error('it is a question')
    return Buffer.from(call.answer(view).body as Uint8Array)
  }
  it('says which versions are there', () => {
    expect(answerTo('GetModelStatus', '0a030a016d').toString('hex')).toBe('0a060802101e1a00')
    expect(() => answerTo('GetModelStatus', '0a030a017a')).toThrow('Latest(z)')
  })
  it('gives the signature, and no other metadata', () => {
    const asked = Buffer.concat([bytes('0a030a016d120d'), Buffer.from('signature_def')]).toString('hex')
    expect(answerTo('GetModelMetadata', asked).toString('latin1')).toContain('tensorflow/serving/predict')
    expect(() => answerTo('GetModelMetadata', '0a030a016d')).toThrow('metadata_field')
    expect(() => answerTo('GetModelMetadata', '0a030a016d12017a')).toThrow('"z" is not known')
  })
})

describe('TensorProto', () => {
  it.each([
    [
      'a short list, whose last element fills the shape',
      '0801120812020802120208022a040000e040',
      Float32Array.of(7, 7, 7, 7),
    ],
    ['texts', '08071204120208024201614201ff', ['a', '\udcff']],
    ['halves', '08131204120208022204003e0041', Uint16Array.of(0x3e00, 0x4100)],
    [
      '64-bit integers',
      '0809120412020802221000000000000000800100000000002000',
      BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n),
    ],
  ])('reads %s', (_what, hex, data) => {
    expect(readTensorProto('x', bytes(hex)).data).toEqual(data)
  })
  it('reads what it writes, of every datatype', () => {
    const tensors: Tensor[] = [
      { name: 'x', datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
      { name: 'x', datatype: 'UINT8', shape: [1, 2], data: Uint8Array.of(255, 0) },
      { name: 'x', datatype: 'UINT16', shape: [1], data: Uint16Array.of(65_535) },
      { name: 'x', datatype: 'UINT32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
      { name: 'x', datatype: 'UINT64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      { name: 'x', datatype: 'INT8', shape: [1], data: Int8Array.of(-128) },
      { name: 'x', datatype: 'INT16', shape: [1], data: Int16Array.of(-32_768) },
      { name: 'x', datatype: 'INT32', shape: [1], data: Int32Array.of(-(2 ** 31)) },
      { name: 'x', datatype: 'INT64', shape: [1], data: BigInt64Array.of(-(2n ** 63n)) },
      { name: 'x', datatype: 'FP16', shape: [1], data: Uint16Array.of(0x3e00) },
      { name: 'x', datatype: 'FP32', shape: [], data: Float32Array.of(Number.NaN) },
      { name: 'x', datatype: 'FP64', shape: [0], data: Float64Array.of() },
      { name: 'x', datatype: 'BYTES', shape: [2], data: ['ä', '\udcff'] },
    ]
    for (const tensor of tensors) {
      const writer = new ProtoWriter()
      writeTensorProto(writer, 1, tensor)
      const whole = writer.finish()
      expect(readTensorProto('x', whole.subarray(2))).toEqual(tensor)
    }
  })
  it.each([
    ['an unknown dtype', '0808', /dtype 8 is none/],
    ['an unknown rank', '080112021801', /unknown rank/],
    ['too few bytes', '0801120412020802220400000000', /4 bytes, but 2 elements of FP32 take 8/],
    ['no elements', '0801120412020802', /0 elements, but its shape needs 2/],
  ])('refuses %s', (_what, hex, sentence) => {
    expect(() => readTensorProto('x', bytes(hex))).toThrow(sentence)
  })
  it('never fails but with 400, whatever the bytes of a request', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom('Predict', 'Classify', 'GetModelMetadata'),
        (message, method) => {
          expect(['read', 'refused with 400']).toContain(outcomeOf(method, Buffer.from(message).toString('hex')))
        },
      ),
    )
  })
})
