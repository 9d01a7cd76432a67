import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '@millrace/contract'
import type {
  DialectCall,
  EndpointView,
  PlaneView,
  PredictRequest,
  PredictResult,
  Signature,
  Tensor,
  WireAnswer,
} from '@millrace/model-serving/plane'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelServerV1 } from './model-server-v1.ts'

const matrix: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
}
const table: Signature = {
  inputs: [
    { name: 'age', datatype: 'INT64', shape: [-1, 1] },
    { name: 'city', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
}
const model: EndpointView = {
  name: 'm',
  versions: ['2', '1'],
  ready: true,
  platform: 'onnx_onnxv1',
  signature: matrix,
  maxBatchRows: 1024,
  statistics: () => [],
}
const view: PlaneView = {
  ready: true,
  names: ['m'],
  endpoint: (name, version) =>
    name === 'm' && (version === undefined || model.versions.includes(version)) ? model : undefined,
}

/** The body of an answer that is one text. */
const textIn = ({ body }: WireAnswer) => (typeof body === 'string' ? body : `no text but ${typeof body}`)

const callOf = (method: string, path: string) => modelServerV1.match({ method, path, query: '', headers: {} })

function told(method: string, path: string): [number, unknown] {
  const call = callOf(method, path)
  if (call?.kind !== 'describe') throw new Error(`${path} is no question`)
  try {
    const answer = call.answer(view)
    return [answer.status, JSON.parse(textIn(answer))]
  } catch (error) {
    return [error instanceof Problem ? error.status : 500, error instanceof Error ? error.message : '']
  }
}

interface Asked {
  readonly verb?: string
  readonly signature?: Signature
  readonly headers?: IncomingHttpHeaders
  readonly outputs?: readonly Tensor[]
  readonly rows?: number
}

function readBy({ verb = 'predict', signature = matrix, headers = {} }: Asked, body: unknown): PredictRequest {
  const call = callOf('POST', `/v1/models/m:${verb}`)
  if (call?.kind !== 'predict') throw new Error('it predicts')
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const request = call.read(bytes, headers, { signature, platform: '', takesRaw: false, rawOnly: false })
  if ('raw' in request) throw new Error('it has tensors')
  return request
}

/** Reads a body and answers with the given outputs, or with its own inputs. */
function predicted(body: unknown, asked: Asked = {}) {
  const request = readBy(asked, body)
  const { outputs, rows = 1 } = asked
  const made: PredictResult = {
    id: 'p',
    endpoint: 'm',
    deploymentId: 'd',
    versionId: 'v',
    version: 2,
    rows,
    outputs: outputs ?? request.tensors,
  }
  return { tensors: request.tensors, answer: () => request.write(made) }
}

const said = (body: unknown, asked?: Asked) => textIn(predicted(body, asked).answer())

function outcomeOf(value: unknown, signature: Signature): string {
  try {
    predicted(value, { signature })
    return 'read'
  } catch (error) {
    return error instanceof Problem ? `refused with ${error.status}` : `failed with ${String(error)}`
  }
}

describe('predict', () => {
  it('takes rows and gives predictions, takes columns and gives outputs', () => {
    expect(
      said({
        instances: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toBe('{"predictions":[[1.0,2.0],[3.0,4.0]]}')
    expect(said({ instances: [{ x: [1, 2] }] })).toBe('{"predictions":[[1.0,2.0]]}')
    expect(said({ inputs: [[1, 2]] })).toBe('{"outputs":[[1.0,2.0]]}')
    expect(said({ inputs: { x: [[1, 2]] } })).toBe('{"outputs":[[1.0,2.0]]}')
  })
  it('takes tables as objects, as lists in the model’s order, and as columns, exactly', () => {
    const signature = table
    const wanted = [BigInt64Array.of(9_007_199_254_740_993n), ['Oslo']]
    for (const body of [
      '{"instances":[{"city":"Oslo","age":9007199254740993}]}',
      '{"instances":[[9007199254740993,"Oslo"]]}',
      '{"inputs":{"city":["Oslo"],"age":[9007199254740993]}}',
      '{"inputs":{"city":[[{"b64":"T3Nsbw=="}]],"age":[[9007199254740993]]}}',
    ]) {
      const tensors = predicted(body, { signature }).tensors.toSorted((a, b) => a.name.localeCompare(b.name))
      expect(tensors.map(({ data }) => data)).toEqual(wanted)
      expect(tensors.map(({ shape }) => shape)).toEqual([
        [1, 1],
        [1, 1],
      ])
    }
  })
  it('gives several outputs by name, row by row and whole', () => {
    const outputs: Tensor[] = [
      { name: 'label', datatype: 'INT64', shape: [2], data: BigInt64Array.of(1n, 9_007_199_254_740_993n) },
      { name: 'raw_bytes', datatype: 'BYTES', shape: [2], data: ['a', '\udcff'] },
      { name: 'ok', datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
    ]
    expect(
      said(
        {
          instances: [
            [1, 2],
            [3, 4],
          ],
        },
        { outputs, rows: 2 },
      ),
    ).toBe(
      '{"predictions":[{"label":1,"raw_bytes":{"b64":"YQ=="},"ok":true},{"label":9007199254740993,"raw_bytes":{"b64":"/w=="},"ok":false}]}',
    )
    expect(said({ inputs: [[1, 2]] }, { outputs, rows: 2 })).toContain('"outputs":{"label":[1,9007199254740993]')
  })
  it('takes and gives bare NaN and infinities', () => {
    expect(said('{"instances":[[NaN,-Infinity]]}')).toBe('{"predictions":[[NaN,-Infinity]]}')
  })
  it('reads and writes halves as numbers', () => {
    const signature = { ...matrix, inputs: [{ name: 'x', datatype: 'FP16' as const, shape: [-1, 2] }] }
    expect(said({ instances: [[1.5, 0.1]] }, { signature })).toBe('{"predictions":[[1.5,0.0999755859375]]}')
  })
  it.each([
    ['no JSON', '{', /JSON Parse error/],
    ['a list', [], /must be an object/],
    ['neither form', {}, /neither "instances" nor "inputs"/],
    ['both forms', { instances: [[1, 2]], inputs: [[1, 2]] }, /both/],
    ['no rows', { instances: [] }, /at least one/],
    ['lists that differ', { instances: [[1, 2], [3]] }, /lists differ/],
    ['a text for a number', { instances: [['1', 2]] }, /element 0 is "1", which is no FP32/],
    ['another signature', { signature_name: 'other', instances: [[1, 2]] }, /"other" not found/],
    ['rows of other names', { instances: [{ x: [1, 2] }, { z: [1, 2] }] }, /instance 1 has other names/],
  ])('refuses %s', (_what, body, sentence) => {
    expect(() => predicted(body)).toThrow(sentence)
    expect(() => predicted(body)).toThrow(Problem)
  })
  it('refuses numbers that do not fit their datatype', () => {
    const bytes = { ...matrix, inputs: [{ name: 'x', datatype: 'UINT8' as const, shape: [-1, 2] }] }
    expect(() => predicted({ instances: [[1, 256]] }, { signature: bytes })).toThrow('element 1 is 256')
    expect(() => predicted({ instances: [[1.5, 'a']] }, { signature: table })).toThrow('element 0 is 1.5')
  })
  it('never fails but with 400, whatever the JSON', () => {
    const body = fc.record(
      { instances: fc.jsonValue({ maxDepth: 3 }), inputs: fc.jsonValue({ maxDepth: 3 }) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(body, fc.constantFrom(matrix, table), (value, signature) => {
        expect(['read', 'refused with 400']).toContain(outcomeOf(value, signature))
      }),
    )
  })
})

describe('CloudEvents', () => {
  it('are answered as they came: in headers, or in the body', () => {
    const binary = predicted({ instances: [[1, 2]] }, { headers: { 'ce-specversion': '1.0', 'ce-id': '7' } }).answer()
    expect(binary).toMatchObject({
      headers: { 'ce-id': '7', 'ce-type': 'io.kserve.inference.response' },
      body: '{"predictions":[[1.0,2.0]]}',
    })
    const event = { specversion: '1.0', id: '8', type: 't', source: 's', data: { instances: [[1, 2]] } }
    const headers = { 'content-type': 'application/cloudevents+json' }
    const structured = predicted(event, { headers }).answer()
    expect(JSON.parse(textIn(structured))).toMatchObject({ id: '8', data: { predictions: [[1, 2]] } })
  })
})

describe('classify and regress', () => {
  const scores: Tensor = { name: 'p', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.25, 0.75) }
  const examples = [{ age: 5, city: 'Oslo' }]
  it('gives each example’s classes with their scores', () => {
    const labels: Tensor = { name: 'l', datatype: 'BYTES', shape: [1, 2], data: ['no', 'yes'] }
    const asked = { verb: 'classify', signature: table }
    expect(said({ examples }, { ...asked, outputs: [scores] })).toBe('{"results":[[["0",0.25],["1",0.75]]]}')
    expect(said({ examples }, { ...asked, outputs: [labels, scores] })).toBe('{"results":[[["no",0.25],["yes",0.75]]]}')
  })
  it('gives each example’s value, with what the context says for all', () => {
    const value: Tensor = { name: 'p', datatype: 'FP64', shape: [1, 1], data: Float64Array.of(2.5) }
    const asked = { verb: 'regress', signature: table, outputs: [value] }
    expect(said({ context: { city: 'Oslo' }, examples: [{ age: 5 }] }, asked)).toBe('{"results":[2.5]}')
    expect(() => said({ examples }, { ...asked, outputs: [scores] })).toThrow('one value per row')
    expect(() => said({ examples: [] }, asked)).toThrow('at least one')
  })
})

describe('what the server tells', () => {
  it('all models for KServe and OpenAI, one for TensorFlow Serving too', () => {
    expect(told('GET', '/v1/models')).toMatchObject([200, { object: 'list', data: [{ id: 'm' }], models: ['m'] }])
    expect(told('GET', '/v1/models/m')).toMatchObject([
      200,
      {
        name: 'm',
        ready: true,
        id: 'm',
        object: 'model',
        model_version_status: [{ version: '2', state: 'AVAILABLE' }, { version: '1' }],
      },
    ])
    expect(told('GET', '/v1/models/m/versions/1')).toMatchObject([200, { model_version_status: [{ version: '1' }] }])
    expect(told('GET', '/v1/models/z')).toEqual([404, 'Servable not found for request: Latest(z)'])
    expect(told('GET', '/v1/models/m/versions/9')).toEqual([404, 'Servable not found for request: Specific(m, 9)'])
  })
  it('the signature', () => {
    expect(told('GET', '/v1/models/m/metadata')).toMatchObject([
      200,
      { metadata: { signature_def: { signature_def: { serving_default: { inputs: { x: { dtype: 'DT_FLOAT' } } } } } } },
    ])
  })
  it('which verb a path takes, and that a method is none', () => {
    expect(told('GET', '/v1/models/m:predict')).toMatchObject([405, { error: '/v1/models/m:predict takes POST.' }])
    expect(told('POST', '/v1/models/m:zed')).toEqual([400, { error: 'Malformed request: POST /v1/models/m:zed' }])
  })
  it.each<[string, Partial<Extract<DialectCall, { kind: 'predict' }>>]>([
    ['/v1/models/m:predict', { endpoint: 'm' }],
    ['/v1/models/a%2Fb/versions/3:predict', { endpoint: 'a/b', version: '3' }],
    ['/v1/models/m/labels/stable:classify', { endpoint: 'm', version: 'stable' }],
  ])('predicts at %s', (path, wanted) => {
    expect(callOf('POST', path)).toMatchObject({ kind: 'predict', ...wanted })
  })
})
