import type { IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { Problem } from '@millrace/contract'
import type {
  AnsweringModel,
  DialectCall,
  EndpointView,
  ModelManager,
  PlaneView,
  PredictResult,
  Signature,
  Tensor,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { describe, expect, it } from 'vitest'
import { openInference } from './open-inference.ts'

const signature: Signature = {
  inputs: [
    { name: 'a', datatype: 'FP32', shape: [-1, 2] },
    { name: 's', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 3] }],
}
const model: EndpointView = {
  name: 'm',
  versions: ['2', '1'],
  ready: true,
  platform: 'onnx_onnxv1',
  signature,
  maxBatchRows: 1024,
  statistics: () => [],
}
const view: PlaneView = { ready: true, names: ['m'], endpoint: (name) => (name === 'm' ? model : undefined) }
const answering: AnsweringModel = { signature, platform: '', takesRaw: false, rawOnly: false }
const result: PredictResult = {
  id: 'pred_1',
  endpoint: 'm',
  deploymentId: 'dep_1',
  versionId: 'ver_1',
  version: 2,
  rows: 1,
  outputs: [{ name: 'p', datatype: 'FP32', shape: [1, 3], data: Float32Array.of(0.25, 0.5, 0.25) }],
}

/** The body of an answer that is one text. */
const textIn = ({ body }: WireAnswer) => (typeof body === 'string' ? body : `no text but ${typeof body}`)

function callOf(method: string, path: string): DialectCall {
  const call = openInference.match({ method, path, query: '', headers: {} })
  if (call === undefined) throw new Error(`nothing answers ${path}`)
  return call
}

/** What a describing call answers: its status and its body. */
function told(method: string, path: string): [number, unknown] {
  const call = callOf(method, path)
  if (call.kind !== 'describe') throw new Error(`${path} is no question`)
  try {
    const answer = call.answer(view)
    return [answer.status, JSON.parse(textIn(answer))]
  } catch (error) {
    return [error instanceof Problem ? error.status : 500, error instanceof Error ? error.message : '']
  }
}

async function managed(path: string, body: unknown, manager: Partial<ModelManager>) {
  const call = callOf('POST', path)
  if (call.kind !== 'manage') throw new Error(`${path} is no order`)
  const none = () => Promise.reject(new Problem('model-serving/plane/cannot-manage', 501, 'not here'))
  const whole: ModelManager = { view, index: none, load: none, unload: none, register: none, ...manager }
  const answer = await call.run(whole, Buffer.from(body === undefined ? '' : JSON.stringify(body)), {})
  return JSON.parse(textIn(answer)) as unknown
}

/** Reads a body and answers it with the result, or with what a raw model says. */
function predicted(path: string, body: unknown, headers: IncomingHttpHeaders = {}, raw?: string) {
  const call = callOf('POST', path)
  if (call.kind !== 'predict') throw new Error(`${path} is no prediction`)
  const asked = { ...answering, takesRaw: raw !== undefined }
  const request = call.read(Buffer.from(JSON.stringify(body)), headers, asked)
  if (!('raw' in request)) return { tensors: request.tensors, answer: request.write(result), request }
  const pieces = { status: 200, headers: {}, body: Buffer.from(raw ?? '') }
  return { tensors: [] as readonly Tensor[], answer: request.write(pieces, result), request }
}

describe('what the server tells', () => {
  it('the configuration, with sizes but the batch, and the statistics', () => {
    expect(told('GET', '/v2/models/m/config')).toMatchObject([
      200,
      {
        max_batch_size: 1024,
        input: [
          { name: 'a', data_type: 'TYPE_FP32', dims: [2] },
          { name: 's', data_type: 'TYPE_STRING', dims: [1] },
        ],
        output: [{ dims: [3] }],
      },
    ])
    expect(told('GET', '/v2/models/m/versions/2/stats')).toEqual([200, { model_stats: [] }])
    expect(told('GET', '/v2/models/stats')).toEqual([200, { model_stats: [] }])
  })
  it('that it shares no memory and changes no settings', () => {
    expect(told('GET', '/v2/systemsharedmemory/status')).toEqual([200, []])
    expect(told('POST', '/v2/cudasharedmemory/region/r/register')).toMatchObject([
      501,
      expect.stringContaining('memory'),
    ])
    expect(told('POST', '/v2/systemsharedmemory/unregister')).toMatchObject([200, {}])
    expect(told('GET', '/v2/logging')).toMatchObject([200, { log_info: true }])
    expect(told('POST', '/v2/trace/setting')).toMatchObject([501, expect.stringContaining('starts')])
  })
  it('which verb a path takes, and that a model is not known', () => {
    expect(told('GET', '/v2/models/m/infer')).toEqual([405, { error: '/v2/models/m/infer takes POST.' }])
    expect(told('GET', '/v2/models/z/config')).toEqual([404, "Request for unknown model: 'z' is not found."])
  })
})

describe('the repository', () => {
  it('lists what could be served, or what is served where nothing is managed', async () => {
    const one = { name: 'x', version: '1', state: 'UNAVAILABLE', reason: 'unloaded', location: '/models/x' } as const
    expect(await managed('/v2/repository/index', undefined, { index: async () => [one] })).toEqual([
      { name: 'x', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
    ])
    expect(await managed('/v2/repository/index', { ready: true }, { index: async () => [one] })).toEqual([])
    expect(await managed('/v2/repository/index', undefined, {})).toEqual([
      { name: 'm', version: '2', state: 'READY', reason: '' },
      { name: 'm', version: '1', state: 'READY', reason: '' },
    ])
  })
  it('loads with the caller’s options, and passes on why not', async () => {
    const asked: unknown[] = []
    const load: ModelManager['load'] = async (name, options) => void asked.push(name, options)
    expect(await managed('/v2/repository/models/x/load', { parameters: { config: '{}' } }, { load })).toEqual({
      name: 'x',
      load: true,
    })
    expect(asked).toEqual(['x', { config: '{}' }])
    await expect(managed('/v2/repository/models/x/unload', undefined, {})).rejects.toThrow('not here')
    await expect(managed('/v2/repository/models/x/load', { parameters: { a: [] } }, { load })).rejects.toThrow('"a"')
  })
})

describe('generate', () => {
  it('takes inputs by name and gives outputs by name', () => {
    const { tensors, answer } = predicted('/v2/models/m/generate', { id: 'q', a: [1, 2], s: 'text', other: 1 })
    expect(tensors).toEqual([
      { name: 'a', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) },
      { name: 's', datatype: 'BYTES', shape: [1, 1], data: ['text'] },
    ])
    expect(JSON.parse(textIn(answer))).toEqual({
      id: 'q',
      model_name: 'm',
      model_version: '2',
      p: [0.25, 0.5, 0.25],
    })
  })
  it('streams events', () => {
    const { answer } = predicted('/v2/models/m/generate_stream', { a: [1, 2], s: 'text' })
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(answer.body).toBe('data: {"model_name":"m","model_version":"2","p":[0.25,0.5,0.25]}\n\n')
  })
  it('takes an infer request as MLServer does', () => {
    const inputs = [{ name: 'a', datatype: 'FP32', shape: [1, 2], data: [1, 2] }]
    const { answer } = predicted('/v2/models/m/infer_stream', { id: 'q', inputs })
    expect(textIn(answer)).toMatch(/^data: \{"model_name":"m".*"id":"q".*\}\n\n$/)
  })
  it('hands the body to a model that reads it, and wraps its text or its JSON', async () => {
    const whole = predicted('/v2/models/m/generate', { text_input: 'hi' }, { 'x-mine': '1' }, 'hello')
    expect(whole.request).toMatchObject({ raw: { route: 'generate', headers: { 'x-mine': '1' } } })
    expect(JSON.parse(textIn(whole.answer))).toMatchObject({ model_name: 'm', text_output: 'hello' })
    const { answer } = predicted('/v2/models/m/generate_stream', { text_input: 'hi' }, {}, '{"text_output":"yo","n":1}')
    const events = await Array.fromAsync(answer.body as AsyncIterable<string>)
    expect(events).toEqual(['data: {"model_name":"m","model_version":"2","text_output":"yo","n":1}\n\n'])
  })
})

describe('how answers go out', () => {
  const inputs = [{ name: 'a', datatype: 'FP32', shape: [1, 2], data: [1, 2] }]
  it('classified, greatest first', () => {
    const outputs = [{ name: 'p', parameters: { classification: 2 } }]
    const { answer } = predicted('/v2/models/m/infer', { inputs, outputs })
    expect(textIn(answer)).toContain('"datatype":"BYTES","shape":[1,2],"data":["0.500000:1","0.250000:0"]')
    const wrong = { inputs, outputs: [{ name: 'p', parameters: { classification: 'two' } }] }
    expect(() => predicted('/v2/models/m/infer', wrong)).toThrow('how many classes')
  })
  it('compressed where that is asked for and pays', () => {
    const large = {
      ...result,
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1, 4000], data: new Float32Array(4000) }],
    }
    const call = callOf('POST', '/v2/models/m/infer')
    const write = (accept: string, made: unknown) => {
      if (call.kind !== 'predict') throw new Error('it is a prediction')
      const request = call.read(Buffer.from(JSON.stringify({ inputs })), { 'accept-encoding': accept }, answering)
      if ('raw' in request) throw new Error('it has tensors')
      return request.write(made as PredictResult) // as the plane would make it
    }
    const { headers, body } = write('br;q=1, gzip', large)
    expect(headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(body as Uint8Array).toString())).toMatchObject({ model_name: 'm' })
    expect(write('deflate', large).headers['content-encoding']).toBe('deflate')
    expect(write('gzip;q=0, br', large).headers['content-encoding']).toBeUndefined()
    expect(write('gzip', result).headers['content-encoding']).toBeUndefined()
  })
  it('with priority and time-out as the request says them', () => {
    const { request } = predicted('/v2/models/m/infer', { inputs, parameters: { priority: 2, timeout: 5000 } })
    expect(request).toMatchObject({ priority: 2, timeoutMs: 5 })
  })
})
