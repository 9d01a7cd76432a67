import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RemoteSource } from '@millrace/model-serving/plane'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRemoteRunner } from './remote-model.ts'

const asked: { path: string; body: string }[] = []
const answers: Record<string, { status?: number; type?: string; body: string }> = {
  '/v2/models/m': {
    body: '{"name":"m","platform":"x","inputs":[{"name":"x","datatype":"INT64","shape":[-1,1]}],"outputs":[{"name":"y","datatype":"INT64","shape":[-1,1]}]}',
  },
  '/v2/models/m/infer': {
    body: '{"outputs":[{"name":"y","datatype":"INT64","shape":[1,1],"data":[9007199254740993]}]}',
  },
  '/v2/models/broken': { body: '{"inputs":[],"outputs":[{"name":"y","datatype":"FP32","shape":[-1]}]}' },
  '/v2/models/broken/infer': { status: 400, body: '{"error":"the shape is wrong"}' },
  '/v1/models/t/metadata': {
    body: '{"metadata":{"signature_def":{"signature_def":{"serving_default":{"inputs":{"x":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1"},{"size":"2"}]}},"s":{"dtype":"DT_STRING","tensor_shape":{"dim":[{"size":"-1"}]}}},"outputs":{"y":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1"}]}}}},"__saved_model_init_op":{"inputs":{},"outputs":{}}}}}}',
  },
  '/v1/models/t:predict': { body: '{"outputs":[1.5,NaN]}' },
  '/v1/chat/completions': { type: 'text/event-stream', body: 'data: {"a":1}\n\ndata: [DONE]\n\n' },
}

const server = createServer((request: IncomingMessage, reply: ServerResponse) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    asked.push({ path: request.url ?? '', body })
    const found = answers[request.url ?? '']
    if (found === undefined) reply.writeHead(404).end('{"error":"unknown"}')
    else reply.writeHead(found.status ?? 200, { 'content-type': found.type ?? 'application/json' }).end(found.body)
  })
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
afterAll(() => void server.close())

const source = (protocol: RemoteSource['protocol'], model: string): RemoteSource => ({
  format: 'remote',
  url,
  protocol,
  model,
})

describe('a model behind another server', () => {
  it('is asked by Open Inference, whole numbers beyond 2^53 included', async () => {
    const runner = await createRemoteRunner(source('open-inference', 'm'))
    const x = { name: 'x', datatype: 'INT64' as const, shape: [1, 1], data: BigInt64Array.of(9007199254740995n) }
    expect(await runner.run([x])).toEqual([
      { name: 'y', datatype: 'INT64', shape: [1, 1], data: BigInt64Array.of(9007199254740993n) },
    ])
    expect(asked.at(-1)?.body).toBe(
      '{"inputs":[{"name":"x","datatype":"INT64","shape":[1,1],"data":[9007199254740995]}]}',
    )
  })
  it('is asked by TensorFlow Serving’s REST', async () => {
    const runner = await createRemoteRunner(source('tensorflow-serving', 't'))
    expect(runner.signature.inputs).toEqual([
      { name: 'x', datatype: 'FP32', shape: [-1, 2] },
      { name: 's', datatype: 'BYTES', shape: [-1] },
    ])
    const x = { name: 'x', datatype: 'FP32' as const, shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }
    const s = { name: 's', datatype: 'BYTES' as const, shape: [2], data: ['a', 'b'] }
    const [y] = await runner.run([x, s])
    expect([...(y?.data ?? [])]).toEqual([1.5, Number.NaN])
    expect(asked.at(-1)?.body).toBe('{"inputs":{"x":[[1,2],[3,4]],"s":[{"b64":"YQ=="},{"b64":"Yg=="}]}}')
  })
  it('streams what an OpenAI-style engine answers', async () => {
    const runner = await createRemoteRunner(source('openai', 'gpt'))
    const answer = await runner.invoke?.({ route: 'v1/chat/completions', headers: {}, body: Buffer.from('{}') })
    let text = ''
    if (answer !== undefined && !(answer.body instanceof Uint8Array))
      for await (const piece of answer.body) text += Buffer.from(piece).toString()
    expect(answer?.headers['content-type']).toBe('text/event-stream')
    expect(text).toContain('[DONE]')
  })
  it('says whose mistake it was', async () => {
    const runner = await createRemoteRunner(source('open-inference', 'broken'))
    await expect(runner.run([])).rejects.toMatchObject({ status: 400 })
    await expect(runner.run([])).rejects.toThrow('the shape is wrong')
    await expect(createRemoteRunner(source('open-inference', 'absent'))).rejects.toMatchObject({ status: 502 })
    const nobody = { ...source('open-inference', 'm'), url: 'http://127.0.0.1:1' }
    await expect(createRemoteRunner(nobody)).rejects.toThrow('cannot be reached')
  })
})
