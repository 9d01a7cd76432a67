import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../server-process.ts'
import { endServers, startServer } from '../server-process.ts'
import { callGrpc } from './call-grpc.ts'

let folder = ''
let server: ServerProcess
let grpc = ''

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no free port was found')
  return address.port
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const isBytes = body instanceof Uint8Array
  const type = isBytes ? {} : { 'content-type': 'application/json' }
  const payload = isBytes ? new Uint8Array(body) : JSON.stringify(body)
  const answer = await fetch(server.url + path, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body: payload }),
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  return { status: answer.status, headers: answer.headers, bytes }
}

async function told(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const { status, bytes } = await ask(method, path, body)
  return { status, body: bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as unknown) }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-open-inference-'))
  const port = await freePort()
  grpc = `http://127.0.0.1:${port}`
  server = await startServer(folder, { flags: ['--grpc-port', String(port)] })
  const api = '/api/millrace/v1/w/default'
  const made = async (method: string, path: string, body: unknown) =>
    (await told(method, api + path, body)).body as { id: string } // as the API answers
  const { id: runId } = await made('POST', '/runs', { experiment: 'journey' })
  await made('PUT', `/runs/${runId}/artifacts/model.onnx`, tinyModel({ weights: { x: 0 }, bias: 0 }))
  await made('PUT', '/models/tiny', {})
  const { id: versionId } = await made('POST', '/models/tiny/versions', { runId, artifactPath: 'model.onnx' })
  await made('PUT', '/endpoints/tiny', { model: 'tiny' })
  await made('POST', '/endpoints/tiny/deployments', { versionId })
})

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

const input = { name: 'x', datatype: 'FP32', shape: [1, 1] }

/** A `ModelInferRequest` by hand: the model's name, one input of shape [1, 1] and its four raw bytes. */
function inferMessage(model: string): Buffer {
  const name = Buffer.concat([Buffer.of(0x0a, model.length), Buffer.from(model)])
  return Buffer.concat([name, Buffer.from('2a0d0a01781204465033321a0201013a040000803f', 'hex')])
}

/** The raw contents (field 6, four bytes) that an answer of one output ends with. */
function rawOutput(message: Buffer | undefined): string {
  return message?.subarray(-6).toString('hex') ?? 'no message'
}

describe('Open Inference from outside', () => {
  it('over REST: JSON, raw tensors, compressed, and what the server says of its model', async () => {
    const infer = '/v2/models/tiny/infer'
    expect(await told('POST', infer, { id: 'mine', inputs: [{ ...input, data: [1] }] })).toMatchObject({
      status: 200,
      body: { id: 'mine', model_name: 'tiny', model_version: '1', outputs: [{ name: 'probability', data: [0.5] }] },
    })
    const head = Buffer.from(
      JSON.stringify({
        inputs: [{ ...input, parameters: { binary_data_size: 4 } }],
        parameters: { binary_data_output: true },
      }),
    )
    const body = gzipSync(Buffer.concat([head, Buffer.from(Float32Array.of(1).buffer)]))
    const headers = { 'inference-header-content-length': String(head.length), 'content-encoding': 'gzip' }
    const answer = await ask('POST', infer, body, headers)
    const json = Number(answer.headers.get('inference-header-content-length'))
    expect(answer.bytes.subarray(json).toString('hex')).toBe('0000003f')
    expect(await told('GET', '/v2/models/tiny/config')).toMatchObject({ body: { input: [{ data_type: 'TYPE_FP32' }] } })
    expect(await told('GET', '/v2/models/tiny/stats')).toMatchObject({ body: { model_stats: [{ version: '1' }] } })
    expect(await told('POST', '/v2/repository/index', {})).toMatchObject({ body: [{ name: 'tiny', state: 'READY' }] })
  })
  it('over gRPC: one message, a stream, health, and refusals with their codes', async () => {
    const call = (method: string, ...messages: Buffer[]) =>
      callGrpc(grpc, `/inference.GRPCInferenceService/${method}`, messages)
    const answer = await call('ModelInfer', inferMessage('tiny'))
    expect(answer).toMatchObject({ status: '0' })
    expect(rawOutput(answer.messages[0])).toBe('32040000003f')
    const stream = await call('ModelStreamInfer', inferMessage('tiny'), inferMessage('nope'), inferMessage('tiny'))
    expect(stream.messages.map((message) => message[0])).toEqual([0x12, 0x0a, 0x12])
    expect(await call('ModelInfer', inferMessage('nope'))).toMatchObject({ status: '5' })
    expect(await call('ModelInfer', Buffer.of(0xff))).toMatchObject({ status: '3' })
    const health = await callGrpc(grpc, '/grpc.health.v1.Health/Check', [Buffer.alloc(0)])
    expect(health.messages[0]?.toString('hex')).toBe('0801')
  })
})

describe('KServe V1 and TensorFlow Serving from outside', () => {
  it('predicts by rows and by columns, and lists what there is', async () => {
    expect(await told('POST', '/v1/models/tiny:predict', { instances: [[1], [2]] })).toEqual({
      status: 200,
      body: { predictions: [[0.5], [0.5]] },
    })
    expect(await told('POST', '/v1/models/tiny/versions/1:predict', { inputs: { x: [[1]] } })).toEqual({
      status: 200,
      body: { outputs: [[0.5]] },
    })
    expect(await told('GET', '/v1/models')).toMatchObject({ body: { models: ['tiny'], object: 'list' } })
    expect(await told('GET', '/v1/models/nope')).toMatchObject({ status: 404 })
  })
})
