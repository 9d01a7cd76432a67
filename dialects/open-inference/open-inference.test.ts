import { Problem } from '@millrace/contract'
import type { PredictResult, Signature, Tensor, WireAnswer } from '@millrace/model-serving/plane'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openInference, readInferRequest, writeInferResponse } from './open-inference.ts'

const signature: Signature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2] },
    { name: 'n', datatype: 'INT64', shape: [-1, 1] },
  ],
  outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
}
const bytesOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const read = (value: unknown, headerLength?: string) => readInferRequest(bytesOf(value), headerLength, signature)
const oneInput = (input: object) => read({ inputs: [input] }).tensors[0]

/** The body of an answer that is one text. */
const textIn = ({ body }: WireAnswer) => (typeof body === 'string' ? body : `no text but ${typeof body}`)

/** What became of a reading: it was read, refused with a status, or failed with anything else. */
function outcomeOf(work: () => unknown): string {
  try {
    work()
    return 'read'
  } catch (error) {
    return error instanceof Problem ? `refused with ${error.status}` : `failed with ${String(error)}`
  }
}
const refusal = 'refused with 400'
/** True when it was read or refused with 400. */
const isSound = (work: () => unknown) => ['read', refusal].includes(outcomeOf(work))

/** A valid binary request of `rows` rows. */
function binaryRequest(rows: number): { body: Buffer; headerLength: number } {
  const x = Buffer.from(new Float32Array(rows * 2).map((_, index) => index).buffer)
  const n = Buffer.from(new BigInt64Array(rows).fill(7n).buffer)
  const header = bytesOf({
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [rows, 2], parameters: { binary_data_size: x.length } },
      { name: 'n', datatype: 'INT64', shape: [rows, 1], parameters: { binary_data_size: n.length } },
    ],
  })
  return { body: Buffer.concat([header, x, n]), headerLength: header.length }
}

describe('reading an infer request', () => {
  it('takes flat and nested data, with bare NaN and infinities, and null as NaN', () => {
    const nested = oneInput({
      name: 'x',
      datatype: 'FP32',
      shape: [2, 2],
      data: [
        [1, 2],
        [3, 4],
      ],
    })
    expect(nested?.data).toEqual(Float32Array.of(1, 2, 3, 4))
    const bare = read(
      '{"id":"NaN","inputs":[{"name":"x","datatype":"FP64","shape":[4],"data":[NaN,Infinity,-Infinity,null]}]}',
    )
    expect(bare.id).toBe('NaN')
    expect(bare.tensors[0]?.data).toEqual(Float64Array.of(NaN, Infinity, -Infinity, NaN))
  })
  it('keeps 64-bit integers exact', () => {
    const text =
      '{"inputs":[{"name":"n","datatype":"INT64","shape":[2],"data":[9007199254740993,-9223372036854775808]}]}'
    expect(read(text).tensors[0]?.data).toEqual(BigInt64Array.of(9007199254740993n, -9223372036854775808n))
  })
  it('takes every datatype in JSON and in bytes', () => {
    expect(oneInput({ name: 'b', datatype: 'BOOL', shape: [3], data: [true, 0, 1] })?.data).toEqual(
      Uint8Array.of(1, 0, 1),
    )
    expect(oneInput({ name: 's', datatype: 'BYTES', shape: [2], data: ['a', 'ü'] })?.data).toEqual(['a', 'ü'])
    expect(oneInput({ name: 'h', datatype: 'FP16', shape: [2], data: [1.5, null] })?.data).toEqual(
      Uint16Array.of(0x3e00, 0x7e00),
    )
    expect(oneInput({ name: 'i', datatype: 'INT8', shape: [2], data: [-128, 127] })?.data).toEqual(
      Int8Array.of(-128, 127),
    )
    const { body, headerLength } = binaryRequest(3)
    const { tensors } = readInferRequest(body, String(headerLength), signature)
    expect(tensors.map(({ data }) => data)).toEqual([Float32Array.of(0, 1, 2, 3, 4, 5), BigInt64Array.of(7n, 7n, 7n)])
  })
  it('takes a body without JSON as the only input', () => {
    const single: Signature = { ...signature, inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }] }
    const request = readInferRequest(Buffer.from(Float32Array.of(1, 2).buffer), '0', single)
    expect(request).toMatchObject({ binaryOutput: true, tensors: [{ name: 'x', shape: [1, 2] }] })
  })
  it.each([
    ['cut JSON', '{"inputs":', /is not JSON/],
    ['a list', [], /must be an object/],
    ['no inputs', {}, /"inputs" must be a list/],
    [
      'an unknown datatype',
      { inputs: [{ name: 'x', datatype: 'FP31', shape: [1], data: [1] }] },
      /datatype "FP31" is none of/,
    ],
    [
      'a negative size',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1], data: [1] }] },
      /"shape" must be a list of sizes/,
    ],
    [
      'too few elements',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1] }] },
      /has 1 elements, but its shape \[2, 2\] needs 4/,
    ],
    [
      'a text for a number',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: ['1'] }] },
      /element 0 is "1", which is no FP32/,
    ],
    [
      'a number out of range',
      { inputs: [{ name: 'x', datatype: 'UINT8', shape: [1], data: [256] }] },
      /element 0 is 256, which is no UINT8/,
    ],
    [
      'binary data that is not there',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } }] },
      /announces 4 bytes .* 0 are left/,
    ],
    ['lists nested too deep', { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [[1]] }] }, /nested deeper/],
  ])('refuses %s with a sentence', (_what, body, sentence) => {
    expect(() => read(body)).toThrow(sentence)
    expect(outcomeOf(() => read(body))).toBe('refused with 400')
  })
  it('never fails but with 400, whatever the bytes', () => {
    const header = fc.option(fc.oneof(fc.nat({ max: 200 }).map(String), fc.string({ maxLength: 6 })), {
      nil: undefined,
    })
    expect(
      fc.check(
        fc.property(fc.uint8Array({ maxLength: 200 }), header, (bytes, length) =>
          isSound(() => readInferRequest(bytes, length, signature)),
        ),
      ),
    ).toMatchObject({ failed: false })
    expect(fc.check(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => isSound(() => read(value))))).toMatchObject({
      failed: false,
    })
    const input = fc.record({
      name: fc.string(),
      datatype: fc.constantFrom('FP32', 'INT64', 'BYTES', 'BOOL', 'UINT16'),
      shape: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
      data: fc.jsonValue({ maxDepth: 2 }),
      parameters: fc.option(fc.record({ binary_data_size: fc.jsonValue({ maxDepth: 0 }) }), { nil: undefined }),
    })
    expect(
      fc.check(
        fc.property(fc.array(input, { maxLength: 3 }), header, (inputs, length) =>
          isSound(() => read({ inputs }, length)),
        ),
      ),
    ).toMatchObject({ failed: false })
  })
  it('never fails but with 400 when a binary request is cut, lengthened or damaged anywhere', () => {
    expect(
      fc.check(
        fc.property(
          fc.integer({ min: 1, max: 4 }),
          fc.nat(),
          fc.integer({ min: -40, max: 40 }),
          fc.nat({ max: 255 }),
          (rows, place, longer, byte) => {
            const { body, headerLength } = binaryRequest(rows)
            const damaged = Buffer.from(body)
            damaged[place % body.length] = byte
            const sized =
              longer < 0 ? damaged.subarray(0, body.length + longer) : Buffer.concat([damaged, Buffer.alloc(longer)])
            return isSound(() => readInferRequest(sized, String(headerLength), signature))
          },
        ),
      ),
    ).toMatchObject({ failed: false })
  })
  it('refuses a binary request of another length than it announces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 }), (rows, bytes) => {
        const { body, headerLength } = binaryRequest(rows)
        for (const wrong of [
          body.subarray(0, Math.max(headerLength, body.length - bytes)),
          Buffer.concat([body, Buffer.alloc(bytes)]),
        ]) {
          expect(outcomeOf(() => readInferRequest(wrong, String(headerLength), signature))).toBe('refused with 400')
        }
      }),
    )
  })
  it('reads texts as bytes and refuses cut ones', () => {
    const encode = (texts: readonly string[]) =>
      Buffer.concat(
        texts.flatMap((text) => {
          const bytes = Buffer.from(text)
          const length = Buffer.alloc(4)
          length.writeUInt32LE(bytes.length)
          return [length, bytes]
        }),
      )
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), fc.nat({ max: 30 }), (texts, cut) => {
        const data = encode(texts)
        const header = bytesOf({
          inputs: [
            { name: 's', datatype: 'BYTES', shape: [texts.length], parameters: { binary_data_size: data.length } },
          ],
        })
        const request = readInferRequest(Buffer.concat([header, data]), String(header.length), signature)
        expect(request.tensors[0]?.data).toEqual(texts)
        const short = data.subarray(0, Math.max(0, data.length - cut))
        const cutHeader = bytesOf({
          inputs: [
            { name: 's', datatype: 'BYTES', shape: [texts.length], parameters: { binary_data_size: short.length } },
          ],
        })
        const cutRequest = () =>
          readInferRequest(Buffer.concat([cutHeader, short]), String(cutHeader.length), signature)
        return isSound(cutRequest)
      }),
    )
  })
})

describe('writing an infer response', () => {
  const output = (data: Tensor['data'], datatype: Tensor['datatype'] = 'FP32'): Tensor => ({
    name: 'p',
    datatype,
    shape: [data.length, 1],
    data,
  })
  const result = (outputs: readonly Tensor[]): PredictResult => ({
    id: 'pred_1',
    endpoint: 'e',
    deploymentId: 'dep_1',
    versionId: 'ver_1',
    version: 3,
    rows: 2,
    outputs,
  })

  it('answers with the prediction’s id, the version and flat data', () => {
    const answer = writeInferResponse({ binaryOutput: false }, result([output(Float32Array.of(0.5, Number.NaN))]))
    expect(JSON.parse(textIn(answer))).toEqual({
      model_name: 'e',
      model_version: '3',
      id: 'pred_1',
      parameters: { prediction_id: 'pred_1', deployment_id: 'dep_1', version_id: 'ver_1', version: 3 },
      outputs: [{ name: 'p', datatype: 'FP32', shape: [2, 1], data: [0.5, null] }],
    })
  })
  it('echoes the caller’s id and keeps the prediction’s in the parameters', () => {
    const answer = writeInferResponse(
      { id: 'mine', binaryOutput: false },
      result([output(BigInt64Array.of(2n ** 60n), 'INT64')]),
    )
    expect(textIn(answer)).toContain('"id":"mine"')
    expect(textIn(answer)).toContain('"data":[1152921504606846976]')
    expect(textIn(answer)).toContain('"prediction_id":"pred_1"')
  })
  it('sends raw tensors where they are asked for', () => {
    const asked = { binaryOutput: false, outputs: [{ name: 'p', binary: true }] }
    const answer = writeInferResponse(asked, result([output(Float32Array.of(1, 2))]))
    const length = Number(answer.headers['inference-header-content-length'])
    const body = answer.body as Uint8Array
    expect(JSON.parse(Buffer.from(body).toString('utf8', 0, length))).toMatchObject({
      outputs: [{ parameters: { binary_data_size: 8 } }],
    })
    expect(new Float32Array(new Uint8Array(body.subarray(length)).buffer)).toEqual(Float32Array.of(1, 2))
  })
  it('refuses an output that the model does not have', () => {
    const asked = { binaryOutput: false, outputs: [{ name: 'q', binary: false }] }
    expect(() => writeInferResponse(asked, result([output(Float32Array.of(1))]))).toThrow(
      'the model has no output "q"; it has "p"',
    )
  })
})

describe('the paths', () => {
  it.each([
    ['POST', '/v2/models/flight-delay/infer', { kind: 'predict', endpoint: 'flight-delay' }],
    ['POST', '/v2/models/a%2Fb/versions/3/infer', { kind: 'predict', endpoint: 'a/b', version: '3' }],
    ['GET', '/v2', { kind: 'describe' }],
    ['GET', '/v2/health/ready', { kind: 'describe' }],
    ['GET', '/v2/models/x/versions/2/ready', { kind: 'describe' }],
    ['GET', '/v2/models/x/infer', { kind: 'describe' }],
    ['POST', '/v2/models/x', { kind: 'describe' }],
    ['POST', '/v2/models/x/generate_stream', { kind: 'predict', endpoint: 'x' }],
    ['POST', '/v2/repository/models/x/unload', { kind: 'manage' }],
    ['POST', '/v2/repository/mine/index', { kind: 'manage' }],
    ['GET', '/v2/systemsharedmemory/status', { kind: 'describe' }],
    ['POST', '/v2/cudasharedmemory/region/r/register', { kind: 'describe' }],
    ['GET', '/v2/nothing', null],
    ['GET', '/v1/models', null],
  ])('%s %s', (method, path, call) => {
    const { kind, endpoint, version } = {
      kind: null,
      endpoint: undefined,
      version: undefined,
      ...openInference.match({ method, path, query: '', headers: {} }),
    }
    expect({ kind, endpoint, version }).toEqual({ kind: null, ...call })
  })
  it('answers an unknown model with the words that clients look for', () => {
    const call = openInference.match({ method: 'GET', path: '/v2/models/x/ready', query: '', headers: {} })
    const answer = () =>
      call?.kind === 'describe' ? call.answer({ ready: true, names: [], endpoint: () => undefined }) : undefined
    expect(answer).toThrow("Request for unknown model: 'x' is not found.")
    expect(outcomeOf(answer)).toBe('refused with 404')
  })
})
