import type { ClientHttp2Session, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2'
import { connect } from 'node:http2'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Problem } from '@millrace/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { protoSchema } from '../../wire/proto-schema.ts'
import { frameOf } from './message-frames.ts'
import type { GrpcPort } from './open-grpc.ts'
import { openGrpc } from './open-grpc.ts'
import type { GrpcMethod, GrpcService } from './grpc-service.ts'

const schema = protoSchema([{ path: 'test.proto', package: 'test', messages: { Bytes: '' } }])
const says = (body: Uint8Array | AsyncIterable<Uint8Array>) =>
  ({ kind: 'describe', answer: () => ({ status: 200, headers: {}, body }) }) as const
const bytes = { takes: '.test.Bytes', gives: '.test.Bytes' }

async function* thrice(message: Buffer) {
  yield message
  yield message
  yield message
}

const refusing: GrpcMethod['call'] = (message) => {
  throw new Problem('test/refused', message.length === 0 ? 404 : 400, `100 % no: ${message.toString()} ü`)
}

const service: GrpcService = {
  name: 'test.Echo',
  schema,
  file: 'test.proto',
  methods: {
    Echo: { ...bytes, call: (message) => says(message) },
    Refuse: { ...bytes, call: refusing },
    Never: { ...bytes, call: () => ({ kind: 'manage', run: () => new Promise(() => {}) }) },
    Thrice: { ...bytes, streams: 'answers', call: (message) => says(thrice(message)) },
    Stream: {
      ...bytes,
      streams: 'both',
      call: (message) => (message.toString() === 'bad' ? refusing(message, {}, () => false) : says(message)),
      refuse: ({ sentence }, metadata) => (metadata['hard'] === undefined ? Buffer.from(sentence) : undefined),
    },
  },
}

let port: GrpcPort
let session: ClientHttp2Session
afterEach(async () => {
  session.close()
  await port.close()
})

async function open(limitBytes = 1_000_000): Promise<void> {
  port = await openGrpc({
    host: '127.0.0.1',
    port: 0,
    sharePort: false,
    limitBytes,
    services: [service],
    readyOf: (name) => (name === '' ? true : undefined),
    answer: (call, body) => {
      if (call.kind === 'describe') return call.answer({ ready: true, names: [], endpoint: () => undefined })
      if (call.kind === 'manage') return call.run(undefined as never, body, {}) // the one of these tests looks at nothing
      throw new Error('nothing predicts here')
    },
  })
  session = connect(`http://127.0.0.1:${port.port}`)
}

interface Outcome {
  readonly http: number | undefined
  readonly status: string | undefined
  readonly message: string
  readonly messages: readonly Buffer[]
}

/** Sends frames as one call and reads all of its answer. */
function call(method: string, frames: readonly Buffer[], headers: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/test.Echo/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
    let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
    let trailers: IncomingHttpHeaders = {}
    const parts: Buffer[] = []
    stream.on('response', (received) => void (head = received))
    stream.on('trailers', (received: IncomingHttpHeaders) => void (trailers = received))
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.once('error', reject)
    stream.once('close', () => {
      const status = trailers['grpc-status'] ?? head['grpc-status']
      const message = String(trailers['grpc-message'] ?? head['grpc-message'] ?? '')
      resolve({
        http: head[':status'],
        status: status === undefined ? undefined : String(status),
        message: decodeURIComponent(message),
        messages: split(Buffer.concat(parts)),
      })
    })
    for (const frame of frames) stream.write(frame)
    stream.end()
  })
}

function split(whole: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at < whole.length;) {
    const end = at + 5 + whole.readUInt32BE(at + 1)
    const message = whole.subarray(at + 5, end)
    messages.push(whole[at] === 1 ? gunzipSync(message) : message)
    at = end
  }
  return messages
}

const texts = ({ messages }: Outcome) => messages.map(String)

describe('the gRPC port', () => {
  it('answers a message, and says that all is well in the trailers', async () => {
    await open()
    const outcome = await call('Echo', [frameOf(Buffer.from('hello'))])
    expect(outcome).toMatchObject({ http: 200, status: '0' })
    expect(texts(outcome)).toEqual(['hello'])
  })
  it('takes messages of many megabytes, in pieces, and refuses those over its limit at their head', async () => {
    await open(32_000_000)
    const large = Buffer.alloc(9_000_000, 'x')
    expect((await call('Echo', [frameOf(large)])).messages[0]?.equals(large)).toBe(true)
    const head = Buffer.from('00f0000000', 'hex')
    const refused = await call('Echo', [head])
    expect(refused.status).toBe('8')
    expect(refused.message).toContain('32000000')
  })
  it('takes and gives compressed messages', async () => {
    await open()
    const text = 'again '.repeat(1000)
    const frame = frameOf(gzipSync(text), true)
    const answer = await call('Echo', [frame], { 'grpc-encoding': 'gzip', 'grpc-accept-encoding': 'identity, gzip' })
    expect(texts(answer)).toEqual([text])
    expect(await call('Echo', [frame], { 'grpc-encoding': 'snappy' })).toMatchObject({ status: '12' })
    expect(await call('Echo', [frameOf(Buffer.from('junk'), true)], { 'grpc-encoding': 'gzip' })).toMatchObject({
      status: '3',
    })
  })
  it('gives a problem’s status as a code and its sentence percent-encoded', async () => {
    await open()
    expect(await call('Refuse', [frameOf(Buffer.from('x'))])).toMatchObject({ status: '3', message: '100 % no: x ü' })
    expect(await call('Refuse', [frameOf(Buffer.alloc(0))])).toMatchObject({ status: '5' })
    expect(await call('Zed', [frameOf(Buffer.alloc(0))])).toMatchObject({ status: '12' })
  })
  it.each([
    ['nothing', []],
    ['half a message', [frameOf(Buffer.from('hello')).subarray(0, 7)]],
    ['two messages', [Buffer.concat([frameOf(Buffer.from('a')), frameOf(Buffer.from('b'))])]],
    ['no frame', [Buffer.from('GET / HTTP')]],
  ])('refuses %s where one message belongs', async (_what, frames) => {
    await open()
    expect(await call('Echo', frames)).toMatchObject({ status: '3' })
  })
  it('ends a call at its deadline', async () => {
    await open()
    expect(await call('Never', [frameOf(Buffer.alloc(0))], { 'grpc-timeout': '20m' })).toMatchObject({ status: '4' })
    expect(await call('Echo', [frameOf(Buffer.alloc(0))], { 'grpc-timeout': 'soon' })).toMatchObject({ status: '3' })
  })
  it('sends streams of answers, and answers each message of a stream in its turn', async () => {
    await open()
    expect(texts(await call('Thrice', [frameOf(Buffer.from('a'))]))).toEqual(['a', 'a', 'a'])
    const many = Array.from({ length: 300 }, (_, index) => String(index))
    const stream = await call('Stream', [Buffer.concat(many.map((text) => frameOf(Buffer.from(text))))])
    expect(stream.status).toBe('0')
    expect(texts(stream)).toEqual(many)
  })
  it('says no within a stream where the protocol can, else ends it', async () => {
    await open()
    const frames = ['a', 'bad', 'b'].map((text) => frameOf(Buffer.from(text)))
    expect(texts(await call('Stream', frames))).toEqual(['a', '100 % no: bad ü', 'b'])
    expect(await call('Stream', frames, { hard: '1' })).toMatchObject({ status: '3', messages: [Buffer.from('a')] })
  })
  it('turns away what is no gRPC', async () => {
    await open()
    expect(await call('Echo', [], { 'content-type': 'application/json' })).toMatchObject({ http: 415 })
    expect(await call('Echo', [], { ':method': 'PUT' })).toMatchObject({ http: 405 })
  })
  it('has the health service and reflection', async () => {
    await open()
    const health = { ':path': '/grpc.health.v1.Health/Check' }
    expect((await call('', [frameOf(Buffer.alloc(0))], health)).messages[0]?.toString('hex')).toBe('0801')
    expect(await call('', [frameOf(Buffer.from('0a027a7a', 'hex'))], health)).toMatchObject({ status: '5' })
    const info = { ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo' }
    const listed = await call('', [frameOf(Buffer.from('3a00', 'hex'))], info)
    expect(texts(listed)[0]).toContain('test.Echo')
    const file = await call('', [frameOf(Buffer.concat([Buffer.from('2209', 'hex'), Buffer.from('test.Echo')]))], info)
    expect(texts(file)[0]).toContain('test.proto')
  })
})
