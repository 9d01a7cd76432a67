import type { DialectCall, PlaneView, PredictResult, Tensor } from '@millrace/model-serving/plane'
import { Problem } from '@millrace/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inferenceService } from './inference-service.ts'

const result = (outputs: readonly Tensor[]): PredictResult => ({
  id: 'p1',
  endpoint: 'iris',
  deploymentId: 'd1',
  versionId: 'v1',
  version: 3,
  rows: 1,
  outputs,
})
const answering = { signature: { inputs: [], outputs: [] }, platform: '', takesRaw: false, rawOnly: false }

function callOf(method: string, message: Buffer): DialectCall {
  const found = inferenceService.methods[method]
  if (found === undefined) throw new Error(`there is no ${method}`)
  return found.call(message, {}, () => false)
}

/** Reads a message as `method` does, and answers it with the outputs, or with its own inputs. */
function inferred(message: Buffer, outputs?: readonly Tensor[], method = 'ModelInfer') {
  const call = callOf(method, message)
  if (call.kind !== 'predict') throw new Error('it predicts')
  const request = call.read(message, {}, answering)
  if ('raw' in request) throw new Error('it has tensors')
  const answer = () => request.write(result(outputs ?? request.tensors)).body as Uint8Array
  return { call, tensors: request.tensors, answer: () => Buffer.from(answer()).toString('hex') }
}

const bytes = (hex: string) => Buffer.from(hex, 'hex')

// Bytes as the protocol's own generated code writes them.
const raw = bytes('0a04697269732a0d0a01781204465033321a0201043a103333a340000060403333b33fcdcc4c3e')
const typed = bytes(
  '0a016d1201331a0171220e0a087072696f7269747912021002220e0a0774696d656f757412031088272a240a01781205494e5436341a0201022a141a128080808080808080800181808080808080102a150a0168120542595445531a01022a064201614201ff2a140a0175120555494e54381a01022a05220300ff012a120a01621204424f4f4c1a01022a040a0201002a180a01641204465036341a01012a0a3a08000000000000e03f32030a0178',
)
const head = '0a0469726973120133'
const provenance =
  '22150a0d70726564696374696f6e5f696412041a02703122150a0d6465706c6f796d656e745f696412041a02643122120a0a76657273696f6e5f696412041a027631'

function outcomeOf(message: Buffer): string {
  try {
    inferred(message)
    return 'read'
  } catch (error) {
    return error instanceof Problem ? `refused with ${error.status}` : `failed with ${String(error)}`
  }
}

describe('infer messages', () => {
  it('reads raw contents and answers with raw contents', () => {
    const { call, tensors, answer } = inferred(raw)
    expect(call).toMatchObject({ kind: 'predict', endpoint: 'iris' })
    expect(tensors).toEqual([{ name: 'x', datatype: 'FP32', shape: [1, 4], data: Float32Array.of(5.1, 3.5, 1.4, 0.2) }])
    // Without an id of the caller's, the prediction's.
    expect(answer()).toBe(
      `${head}1a027031${provenance}2a0d0a01781204465033321a02010432103333a340000060403333b33fcdcc4c3e`,
    )
  })
  it('reads typed contents of every kind, the version, the schedule and the outputs, and answers typed', () => {
    const { call, tensors, answer } = inferred(typed)
    expect(call).toMatchObject({ endpoint: 'm', version: '3' })
    expect(tensors.map(({ data }) => data)).toEqual([
      BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n),
      ['a', '\udcff'],
      Uint8Array.of(0, 255),
      Uint8Array.of(1, 0),
      Float64Array.of(0.5),
    ])
    expect(answer()).toBe(
      `${head}1a0171${provenance}2a240a01781205494e5436341a0201022a141a12808080808080808080018180808080808010`,
    )
  })
  it('answers raw where a half has no typed form', () => {
    const half: Tensor = { name: 'x', datatype: 'FP16', shape: [1], data: Uint16Array.of(0x3e00) }
    expect(inferred(typed, [half]).answer()).toMatch(/2a0c0a01781204465031361a01013202003e$/)
  })
  it.each([
    [
      'a number too large for its datatype',
      '0a016d2a120a01691204494e54381a01012a041202c801',
      /element 0 is 200, which is no INT8/,
    ],
    ['half floats without raw contents', '0a016d2a0c0a01691204465031361a0101', /FP16 has no typed contents/],
    [
      'both kinds of contents',
      '0a016d2a140a01691204465033321a01012a0632040000803f3a0431323334',
      /both contents and raw/,
    ],
    [
      'contents in another datatype’s field',
      '0a016d2a110a01691204465033321a01012a03120101',
      /field 2; FP32 goes into field 6/,
    ],
    [
      'too few raw contents',
      '0a016d2a0c0a01691204465033321a01012a0c0a016a1204465033321a01013a0431323334',
      /2 inputs, but 1 entries/,
    ],
    [
      'a negative size',
      '0a016d2a1d0a01691204465033321a0affffffffffffffffff012a0632040000803f',
      /-1 in its shape is no size/,
    ],
    ['bytes that are no message', 'ffff', /not one of this method/],
  ])('refuses %s', (_what, hex, sentence) => {
    const read = () => inferred(bytes(hex))
    expect(read).toThrow(sentence)
    expect(read).toThrow(Problem)
  })
  it('never fails but with 400, whatever the bytes', () => {
    const damaged = fc.tuple(fc.constantFrom(raw, typed), fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 60 }))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged.map(spoil)), (message) => {
        expect(['read', 'refused with 400']).toContain(outcomeOf(Buffer.from(message)))
      }),
    )
  })
})

function spoil([message, place, byte, cut]: [Buffer, number, number, number]): Uint8Array {
  const copy = Buffer.from(message)
  copy[place % copy.length] = byte
  return copy.subarray(0, copy.length - cut)
}

describe('streams', () => {
  it('wrap answers and refusals, and mark the last one where that is asked for', () => {
    const { answer } = inferred(raw, undefined, 'ModelStreamInfer')
    expect(answer()).toMatch(/^12[0-9a-f]{2,4}0a0469726973/)
    const asked = bytes(
      `${raw.toString('hex')}22280a22747269746f6e5f656e61626c655f656d7074795f66696e616c5f726573706f6e736512020801`,
    )
    expect(inferred(asked, undefined, 'ModelStreamInfer').answer()).toContain(
      Buffer.from('triton_final_response').toString('hex'),
    )
    const method = inferenceService.methods['ModelStreamInfer']
    const refusal = { status: 404, sentence: 'no', code: 'x' }
    expect(Buffer.from(method?.refuse?.(refusal, {}) ?? []).toString('hex')).toBe('0a026e6f1200')
    expect(method?.refuse?.(refusal, { triton_grpc_error: 'true' })).toBeUndefined()
  })
})

describe('questions and orders', () => {
  const view: PlaneView = { ready: true, names: [], endpoint: () => undefined }
  const answerTo = (method: string, hex: string) => {
    const call = callOf(method, bytes(hex))
    if (call.kind !== 'describe') throw new Error('it is a question')
    return Buffer.from(call.answer(view).body as Uint8Array).toString('hex')
  }
  it('says that it lives, and nothing of a model it does not know', () => {
    expect(answerTo('ServerLive', '')).toBe('0801')
    expect(() => answerTo('ModelMetadata', '0a0178')).toThrow("unknown model: 'x'")
    expect(() => answerTo('ModelReady', '0a0178120137')).toThrow("'x' version 7")
  })
  it('takes KServe’s field for the model’s name, and answers in its form', async () => {
    for (const hex of ['0a016d', '0a0012016d']) {
      const call = callOf('RepositoryModelUnload', bytes(hex))
      if (call.kind !== 'manage') throw new Error('it is an order')
      const asked: string[] = []
      const none = () => Promise.reject(new Error('not asked for'))
      const unload = async (name: string) => void asked.push(name)
      const { body } = await call.run({ view, index: none, load: none, register: none, unload }, bytes(''), {})
      expect(asked).toEqual(['m'])
      expect(Buffer.from(body as Uint8Array).toString('hex')).toBe('0a016d1001')
    }
  })
  it('shares no memory and changes no settings', () => {
    expect(answerTo('SystemSharedMemoryStatus', '')).toBe('')
    expect(() => answerTo('CudaSharedMemoryRegister', '')).toThrow('shares no memory')
    expect(() => answerTo('LogSettings', '0a0c0a086c6f675f696e666f1200')).toThrow('when the server starts')
  })
})
