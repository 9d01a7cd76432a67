import type { Server } from 'node:http'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endServers, startServer } from '../server-process.ts'
import { freePort } from './free-port.ts'
import { startTextEngine } from './text-engine.ts'

const doubled = `export const signature = {
  inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP64', shape: [-1, 2] }],
}
export const predict = ({ x }) => ({ y: Float64Array.from(x.data, (value) => value * 2) })
`
const ports = { many: 0, one: 0, torch: 0, management: 0, metrics: 0 }
let folder = ''
let engine: Server

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-dialects-'))
  const models = join(folder, 'models')
  await mkdir(join(models, 'writer'), { recursive: true })
  const tiny = tinyModel({ weights: { a: 0, b: 0 }, bias: 0 })
  await writeFile(join(models, 'tiny.onnx'), tiny)
  await writeFile(join(models, 'spare.onnx'), tiny)
  await writeFile(join(models, 'doubled.mjs'), doubled)
  const { url, server } = await startTextEngine()
  engine = server
  await writeFile(join(models, 'writer', 'remote-model.yaml'), `url: ${url}\nprotocol: openai\nmodel: small-one\n`)
  for (const name of ['many', 'one', 'torch', 'management', 'metrics'] as const) ports[name] = await freePort()
  const flags = (given: Readonly<Record<string, string | number>>) =>
    Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  await startServer(join(folder, 'many'), {
    flags: flags({
      'predict-port': ports.many,
      'model-repository': models,
      'data-plane-processes': 1,
      'torchserve-port': ports.torch,
      'torchserve-management-port': ports.management,
      'torchserve-metrics-port': ports.metrics,
    }),
  })
  const served = join(models, 'tiny.onnx')
  await startServer(join(folder, 'one'), { flags: flags({ 'predict-port': ports.one, 'serve-model': served }) })
  await ready('many', '/v2/models/writer/ready')
  await ready('one', '/readyz')
}, 60_000)

afterAll(async () => {
  await endServers()
  engine.close()
  await rm(folder, { recursive: true, force: true })
})

async function ready(at: keyof typeof ports, path: string): Promise<void> {
  for (let patience = 200; patience > 0; patience -= 1) {
    const answer = await fetch(`http://127.0.0.1:${ports[at]}${path}`).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${at} does not get ready`)
}

interface Asked {
  readonly at?: keyof typeof ports
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function ask(path: string, body?: unknown, { at = 'many', method, headers }: Asked = {}) {
  const sent = typeof body === 'string' ? { body } : { body: JSON.stringify(body) }
  const type = typeof body === 'string' ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${ports[at]}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : sent),
  })
  return { status: answer.status, headers: answer.headers, body: read(await answer.text()) }
}

/** JSON where it is, else the text. */
function read(text: string): unknown {
  return /^[[{"]/.test(text) ? (JSON.parse(text) as unknown) : text
}

const half = 0.5
const frame = { columns: ['a', 'b'], data: [[1, 2]] }
const sdk = { 'amz-sdk-request': 'attempt=1' }
const form = (form: string) => ({ status: 200, body: form })

describe('scoring protocols from outside', () => {
  it('MLflow’s: split frames, records, CSV, and its refusals', async () => {
    const url = '/endpoints/tiny/invocations'
    expect(await ask(url, { dataframe_split: frame })).toMatchObject({ status: 200, body: { predictions: [[half]] } })
    expect(await ask(url, 'a,b\n1,2\n', { headers: { 'content-type': 'text/csv' } })).toMatchObject({
      body: { predictions: [[half]] },
    })
    expect(await ask(url, { dataframe_records: [{ a: 1 }] })).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE' },
    })
    expect(await ask('/invocations', { dataframe_split: frame }, { at: 'one' })).toMatchObject({ status: 200 })
    expect(await ask('/ping', undefined, { at: 'one' })).toMatchObject({ status: 200 })
  })
  it('Databricks’: invocations and the endpoint’s description', async () => {
    const url = '/serving-endpoints/tiny/invocations'
    expect(await ask(url, { dataframe_split: frame })).toMatchObject({ body: { predictions: [[half]] } })
    expect(await ask('/api/2.0/serving-endpoints/tiny')).toMatchObject({ body: { state: { ready: 'READY' } } })
  })
  it('SageMaker’s: CSV without a header, a variant, a target model', async () => {
    const headers = { ...sdk, 'content-type': 'text/csv' }
    expect(await ask('/endpoints/doubled/invocations', '1,2\n3,4\n', { headers })).toMatchObject(form('2,4\n6,8\n'))
    const target = { ...headers, 'x-amzn-sagemaker-target-model': 'doubled.tar.gz' }
    const answer = await ask('/endpoints/tiny/invocations', '1,2\n', { headers: target })
    expect([answer.body, answer.headers.get('x-amzn-invoked-production-variant')]).toEqual(['2,4\n', 'v1'])
    expect(await ask('/models/doubled/invoke', '1,2\n', { headers })).toMatchObject(form('2,4\n'))
    expect(await ask('/endpoints/nope/invocations', '1', { headers })).toMatchObject({ status: 400 })
  })
  it('Vertex AI’s, Azure ML’s and Seldon’s', async () => {
    const instances = [{ a: 1, b: 2 }]
    expect(await ask('/v1/projects/p/locations/l/endpoints/tiny:predict', { instances })).toMatchObject({
      status: 200,
      body: { predictions: [[half]], modelVersionId: '1' },
    })
    expect(await ask('/endpoints/tiny/score', { input_data: frame })).toMatchObject({ status: 200, body: [[half]] })
    expect(await ask('/endpoints/tiny/swagger.json')).toMatchObject({ body: { swagger: '2.0', paths: {} } })
    const data = { names: ['a', 'b'], ndarray: [[1, 2]] }
    expect(await ask('/seldon/n/tiny/api/v1.0/predictions', { data })).toMatchObject({
      body: { data: { names: ['probability'], ndarray: [[half]] } },
    })
  })
  it('OpenAI’s, passed on to an engine: whole, streamed, by the body’s model or by the address', async () => {
    const messages = [{ role: 'user', content: 'hi' }]
    const whole = { model: 'small-one', choices: [{ message: { content: 'Hello' } }] }
    expect(await ask('/v1/chat/completions', { model: 'writer', messages })).toMatchObject({ status: 200, body: whole })
    expect(await ask('/endpoints/writer/v1/chat/completions', { messages })).toMatchObject({ body: whole })
    const streamed = await ask('/v1/chat/completions', { model: 'writer', messages, stream: true })
    expect(streamed.headers.get('content-type')).toBe('text/event-stream')
    expect(String(streamed.body).match(/^data: /gm)).toHaveLength(3)
    expect(await ask('/v1/embeddings', { model: 'writer', input: 'x' })).toMatchObject({
      body: { data: [{ embedding: [0.5, 1] }] },
    })
    expect(await ask('/v1/chat/completions', { model: 'nope', messages })).toMatchObject({
      status: 404,
      body: { error: { code: 'model_not_found' } },
    })
    expect(await ask('/v1/chat/completions', { messages })).toMatchObject({ status: 400 })
    expect(await ask('/v1/chat/completions', { model: 'tiny', messages })).toMatchObject({ status: 501 })
  })
  it('BentoML’s and LitServe’s, at the root of one model', async () => {
    const at = 'one'
    expect(await ask('/predict', { a: [1], b: [2] }, { at })).toMatchObject({ status: 200, body: [[half]] })
    expect(await ask('/predict', { input: { a: [1], b: [2] } }, { at })).toMatchObject({ body: { output: [[half]] } })
    expect(await ask('/schema.json', undefined, { at })).toMatchObject({ body: { routes: [{ route: '/predict' }] } })
    expect(await ask('/nothing', {}, { at })).toMatchObject({ status: 404 })
  })
})

describe('TorchServe from outside', () => {
  it('predicts on a port of its own, which manages nothing', async () => {
    const at = 'torch'
    expect(await ask('/ping', undefined, { at })).toMatchObject({ status: 200, body: { status: 'Healthy' } })
    expect(await ask('/predictions/doubled', [[1, 2]], { at })).toMatchObject({ status: 200, body: [[2, 4]] })
    expect(await ask('/predictions/doubled/1.0', [[1, 2]], { at })).toMatchObject({ status: 200 })
    expect(await ask('/predictions/nope', [[1]], { at })).toMatchObject({ body: { type: 'ModelNotFoundException' } })
    expect(await ask('/models', undefined, { at })).toMatchObject({ status: 404 })
  })
  it('registers, scales and unregisters on its management port', async () => {
    const manage = (method: string, path: string) => ask(path, undefined, { at: 'management', method })
    expect(await manage('GET', '/models?limit=1')).toMatchObject({ body: { models: [{}], nextPageToken: '1' } })
    expect(await manage('DELETE', '/models/spare')).toMatchObject({ status: 200 })
    expect(await manage('GET', '/models/spare')).toMatchObject({ status: 404 })
    expect(await manage('POST', '/models?url=spare.onnx&model_name=spare&initial_workers=1')).toMatchObject({
      status: 200,
      body: { status: 'Model "spare" Version: 1.0 registered with 1 initial workers' },
    })
    expect(await manage('POST', '/models?url=spare.onnx&model_name=spare')).toMatchObject({ status: 409 })
    expect(await manage('POST', '/models?url=../../etc/hosts&model_name=other')).toMatchObject({ status: 400 })
    expect(await manage('PUT', '/models/spare?min_worker=1&synchronous=true')).toMatchObject({ status: 200 })
    expect(await manage('PUT', '/models/spare/1.0/set-default')).toMatchObject({ status: 200 })
    expect(await manage('PUT', '/models/spare/7.0/set-default')).toMatchObject({ status: 404 })
    expect(await manage('GET', '/models/spare')).toMatchObject({ body: [{ modelVersion: '1.0', minWorkers: 1 }] })
  })
  it('counts on its metrics port', async () => {
    const { body } = await ask('/metrics', undefined, { at: 'metrics' })
    expect(body).toMatch(/^ts_inference_requests_total\{model_name="doubled",model_version="1.0",.*\} \d+\.0$/m)
    expect(body).toMatch(/^Requests2XX\{Level="Host",Hostname=".*",\} \d+\.\d$/m)
  })
})
