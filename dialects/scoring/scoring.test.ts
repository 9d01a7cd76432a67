import { Problem } from '@millrace/contract'
import type { DialectCall, PlaneDialect, PredictResult, Signature, WireAnswer } from '@millrace/model-serving/plane'
import { describe, expect, it } from 'vitest'
import { scoringDialects } from './scoring.ts'
import { parseCsv } from './values/csv.ts'
import { readNpy, writeNpy } from './values/npy.ts'
import { eventMessage } from './sagemaker/event-stream.ts'

const columns: Signature = {
  inputs: [
    { name: 'a', datatype: 'FP64', shape: [-1] },
    { name: 'n', datatype: 'INT64', shape: [-1, 1] },
  ],
  outputs: [{ name: 'predictions', datatype: 'FP64', shape: [-1] }],
}
const matrix: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
}
const dialects = scoringDialects({ root: { endpoint: 'only' } })

type Headers = Readonly<Record<string, string>>

function matched(method: string, target: string, headers: Headers): { dialect: PlaneDialect; call: DialectCall } {
  const [path = '', query = ''] = target.split('?')
  for (const dialect of dialects) {
    const call = dialect.match({ method, path, query, headers })
    if (call !== undefined) return { dialect, call }
  }
  throw new Error(`nobody answers ${method} ${target}`)
}

/** Asks as the data plane would; the model answers each row with its number, beginning at 0.5. */
function ask(
  target: string,
  body: unknown,
  signature: Signature,
  headers: Headers = { 'content-type': 'application/json' },
) {
  const { dialect, call } = matched('POST', target, headers)
  if (call.kind !== 'predict') throw new Error('no prediction')
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  try {
    const read = call.read(bytes, headers, { signature, platform: 'onnx_onnxv1', takesRaw: false, rawOnly: false })
    if ('raw' in read) throw new Error('raw')
    const answer = read.write(resultOf(signature, read.tensors[0]?.shape[0] ?? 0))
    return { ...answer, text: textOf(answer), tensors: read.tensors, call }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const answer = dialect.refuse({ status: error.status, sentence: error.message, code: error.code })
    return { ...answer, text: textOf(answer), tensors: [], call }
  }
}

function resultOf({ outputs }: Signature, rows: number): PredictResult {
  const numbers = Array.from({ length: rows }, (_, row) => row + 0.5)
  const made = outputs.map((output) => ({
    ...output,
    shape: [rows, ...output.shape.slice(1)],
    data: output.datatype === 'FP32' ? Float32Array.from(numbers) : Float64Array.from(numbers),
  }))
  return { id: 'p', endpoint: 'e', deploymentId: 'd', versionId: 'v', version: 3, rows, outputs: made }
}

function textOf({ body }: WireAnswer): string {
  return typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString() : ''
}

const json = (answer: { text: string }) => JSON.parse(answer.text) as unknown

describe('MLflow’s scoring protocol', () => {
  const split = {
    dataframe_split: {
      columns: ['n', 'a', 'more'],
      data: [
        [9007199254740000, 1.5, 'x'],
        [2, null, 'y'],
      ],
    },
  }
  it.each([
    ['a split frame', split],
    ['records', { dataframe_records: [{ a: 1.5, n: 9007199254740000 }, { n: 2 }], params: { t: 1 } }],
    [
      'instances',
      {
        instances: [
          { a: 1.5, n: 9007199254740000 },
          { a: null, n: 2 },
        ],
      },
    ],
    ['inputs', { inputs: { a: [1.5, null], n: [9007199254740000, 2] } }],
  ])('takes %s by name', (_what, body) => {
    const answer = ask('/invocations', body, columns)
    expect(answer.tensors.map(({ data, shape }) => [data, shape])).toEqual([
      [Float64Array.of(1.5, Number.NaN), [2]],
      [BigInt64Array.of(9007199254740000n, 2n), [2, 1]],
    ])
    expect([answer.status, json(answer)]).toEqual([200, { predictions: [0.5, 1.5] }])
    expect(answer.headers['x-millrace-prediction-id']).toBe('p')
  })
  it('takes CSV with a header, and a frame as the rows of the only matrix', () => {
    expect(ask('/endpoints/e/invocations', 'a,n\r\n1.5,2\r\n', columns, { 'content-type': 'text/csv' }).status).toBe(
      200,
    )
    const answer = ask('/endpoints/e/invocations', { dataframe_split: { columns: ['l', 'w'], data: [[1, 2]] } }, matrix)
    expect(answer.tensors[0]).toMatchObject({ name: 'x', shape: [1, 2], data: Float32Array.of(1, 2) })
  })
  it.each([
    ['cut JSON', '{', 400, /valid JSON formatted string/],
    ['a list', '[1]', 400, /exactly one of the input fields .*Received a list/],
    ['two fields', '{"instances":[1],"inputs":[1]}', 400, /Received dictionary with input fields/],
    ['a missing column', '{"dataframe_records":[{"a":1}]}', 400, /Failed to enforce schema.*missing inputs \['n'\]/s],
    ['a fraction for an integer', '{"inputs":{"a":[1],"n":[1.5]}}', 400, /1\.5, which cannot be converted to INT64/],
    ['a ragged list', '{"inputs":{"a":[1,[2]],"n":[1,2]}}', 400, /ragged/],
    ['no rows', '{"dataframe_records":[]}', 400, /no rows/],
  ])('refuses %s', (what, body, status, sentence) => {
    const answer = ask('/invocations', body, columns)
    expect(answer.status).toBe(status)
    expect(json(answer)).toMatchObject({
      error_code: what === 'a missing column' ? 'INVALID_PARAMETER_VALUE' : 'BAD_REQUEST',
      message: expect.stringMatching(sentence) as unknown,
    })
  })
  it('answers 415 in plain text for another charset and for other content types', () => {
    const latin = ask('/invocations', '{}', columns, { 'content-type': 'application/json; charset=latin1' })
    expect([latin.status, latin.text]).toEqual([415, 'The scoring server only supports UTF-8'])
    expect(ask('/invocations', 'x', columns, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
  })
})

describe('SageMaker’s runtime', () => {
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=x/1' }
  it('answers in the form of the request or of Accept, for a variant and a target model', () => {
    const csv = ask('/endpoints/e/invocations', '1,2\n3,4\n', matrix, { ...signed, 'content-type': 'text/csv' })
    expect([csv.status, csv.text]).toEqual([200, '0.5\n1.5\n'])
    const more = { 'x-amzn-sagemaker-target-model': 'm.tar.gz', 'x-amzn-sagemaker-target-variant': 'v2' }
    const lines = ask('/endpoints/e/invocations', '[1,2]\n{"features":[3,4]}\n', matrix, {
      ...more,
      'content-type': 'application/jsonlines',
      accept: 'application/json',
    })
    expect(lines).toMatchObject({ text: '[[0.5],[1.5]]', call: { endpoint: 'm', version: '2' } })
    expect(lines.headers['x-amzn-invoked-production-variant']).toBe('v3')
  })
  it('says a model’s refusal as a ModelError', () => {
    const answer = ask('/endpoints/e/invocations', '[[1,"x"]]', matrix, signed)
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([424, 'ModelError'])
    expect(json(answer)).toMatchObject({ OriginalStatusCode: 400 })
  })
  it('frames events with both checksums', () => {
    const message = eventMessage({ ':event-type': 'PayloadPart' }, Buffer.from('ab'))
    expect(message.readUInt32BE(0)).toBe(message.length)
    expect(message.toString('latin1', 12, 24)).toBe('\u000b:event-type')
  })
  it('keeps NumPy arrays as they were', () => {
    const tensor = { name: 'x', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) } as const
    expect(readNpy('x', writeNpy(tensor) ?? new Uint8Array())).toEqual(tensor)
    expect(readNpy('x', Buffer.from('no array at all'))).toBeUndefined()
  })
})

describe('the other protocols', () => {
  it('TorchServe takes JSON and form fields, by version', () => {
    const form = '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n[[1,2]]\r\n--b--\r\n'
    const answer = ask('/predictions/m/2.0', form, matrix, { 'content-type': 'multipart/form-data; boundary=b' })
    expect(answer).toMatchObject({ status: 200, text: '[[0.5]]', call: { endpoint: 'm', version: '2' } })
    expect(json(ask('/predictions/m', 'no', matrix))).toMatchObject({ code: 400, type: 'BadRequestException' })
  })
  it('Vertex AI answers one prediction for each instance', () => {
    const answer = ask(
      '/v1/projects/p/locations/l/endpoints/e:predict',
      {
        instances: [
          [1, 2],
          [3, 4],
        ],
      },
      matrix,
    )
    expect(json(answer)).toMatchObject({ predictions: [[0.5], [1.5]], modelVersionId: '3' })
    const wrong = ask('/v1/projects/p/locations/l/endpoints/e:predict', {}, matrix)
    expect(json(wrong)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } })
  })
  it('Azure ML takes split frames and lists', () => {
    expect(json(ask('/endpoints/e/score', { input_data: { columns: ['l', 'w'], data: [[1, 2]] } }, matrix))).toEqual([
      [0.5],
    ])
    expect(json(ask('/score', { data: [[1, 2]] }, matrix))).toEqual([[0.5]])
  })
  it('Seldon answers in the payload that was asked with', () => {
    const url = '/seldon/ns/e/api/v1.0/predictions'
    const tensor = ask(
      url,
      { data: { tensor: { shape: [2, 2], values: [1, 2, 3, 4] } }, meta: { puid: 'mine' } },
      matrix,
    )
    expect(json(tensor)).toMatchObject({
      data: { names: ['y'], tensor: { shape: [2, 1], values: [0.5, 1.5] } },
      meta: { puid: 'mine' },
    })
    expect(json(ask(url, { data: { ndarray: [[1, 2]] } }, matrix))).toMatchObject({ data: { ndarray: [[0.5]] } })
    expect(json(ask(url, {}, matrix))).toMatchObject({ status: { code: 400, status: 'FAILURE' } })
  })
  it('Vertex AI’s container answers at the paths that its platform names', () => {
    const vertexRoutes = { health: '/h', predict: '/v1/endpoints/1/deployedModels/2:predict' }
    const [first] = scoringDialects({ root: { endpoint: 'only' }, vertexRoutes })
    const at = (method: string, path: string) => first?.match({ method, path, query: '', headers: {} })
    expect(at('POST', vertexRoutes.predict)).toMatchObject({ kind: 'predict', endpoint: 'only' })
    expect([at('GET', '/h')?.kind, at('GET', '/other')]).toEqual(['describe', undefined])
  })
  it('the root’s /predict takes inputs by name, `input`, `instances` and Seldon’s data', () => {
    const predict = (body: unknown) => json(ask('/predict', body, matrix))
    expect(predict({ x: [[1, 2]] })).toEqual([[0.5]])
    expect(predict({ input: [[1, 2]] })).toEqual({ output: [[0.5]] })
    expect(predict({ instances: [[1, 2]] })).toEqual({ predictions: [[0.5]] })
    expect(predict({ data: { ndarray: [[1, 2]] } })).toMatchObject({ data: { ndarray: [[0.5]] } })
    expect(predict([[1, 2]])).toEqual([[0.5]])
    expect([ask('/other', {}, matrix).status, ask('/predict', '{', matrix).status]).toEqual([404, 400])
  })
  it('Azure ML’s clients find a description beside the scoring address', () => {
    expect(matched('GET', '/endpoints/e/swagger.json', {}).call.kind).toBe('describe')
  })
  it('OpenAI’s routes below /v1 choose the endpoint by the body’s model', () => {
    const { call } = matched('POST', '/v1/chat/completions', {})
    if (call.kind !== 'choose') throw new Error('no choice')
    const view = { ready: true, names: ['e'], endpoint: () => undefined }
    const chosen = (body: string) => call.choose(Buffer.from(body), view).endpoint
    expect([chosen('{"model":"e"}'), chosen('{"model":"gpt"}'), chosen('{}')]).toEqual(['e', 'only', 'only'])
    expect(() => chosen('{')).toThrow('not JSON')
  })
  it('OpenAI’s routes say that a model of tensors takes no text', () => {
    const answer = ask('/endpoints/e/v1/chat/completions', { messages: [] }, matrix)
    expect([answer.status, json(answer)]).toMatchObject([501, { error: { type: 'server_error' } }])
  })
  it('reads quoted CSV, and refuses rows that differ', () => {
    expect(parseCsv('a,"b ""x"", c"\n1,\n')).toEqual([
      ['a', 'b "x", c'],
      ['1', null],
    ])
    expect(parseCsv('a,b\n1\n')).toBeUndefined()
  })
})
