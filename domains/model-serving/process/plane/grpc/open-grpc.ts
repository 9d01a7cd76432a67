import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:http2'
import type { Socket } from 'node:net'
import type { AnswerCall, GrpcAsker, GrpcCall, GrpcParts } from './grpc-call.ts'
import { metadataText, timeoutOf } from './grpc-call.ts'
import type { GrpcMethod, GrpcService, Metadata } from './grpc-service.ts'
import type { GrpcFailure } from './grpc-status.ts'
import { grpcCode } from './grpc-status.ts'
import { healthService } from './health-service.ts'
import type { ReadyOf } from './health-service.ts'
import { reflectionServices } from './reflection-service.ts'
import { sendFailure } from './send-answer.ts'
import { serveStream } from './stream-call.ts'
import { serveUnary } from './unary-call.ts'

export interface GrpcOptions {
  readonly host: string
  readonly port: number
  readonly sharePort: boolean
  readonly limitBytes: number
  /** What dialects offer; health and reflection are added. */
  readonly services: readonly GrpcService[]
  readonly answer: AnswerCall
  /** Whether an endpoint, or with '' the server, is ready; undefined when there is no such endpoint. */
  readonly readyOf: ReadyOf
}

/** The open gRPC port. */
export interface GrpcPort {
  readonly port: number
  /** Takes no more calls; resolves when those under way are answered. */
  close(): Promise<void>
}

/** One message of a large tensor should not wait for window updates. */
const streamWindowBytes = 4 * 1024 * 1024
const sessionWindowBytes = 16 * 1024 * 1024

/**
 * Opens the gRPC port of a data-plane process: HTTP/2 without TLS, prior knowledge. Browsers do not speak that, so no
 * page of elsewhere can call; the Host check of the HTTP port has nothing to guard here. Rejects when it cannot listen.
 */
export function openGrpc(options: GrpcOptions): Promise<GrpcPort> {
  const services = [...options.services, healthService(options.readyOf)]
  const methods = methodsOf([...services, ...reflectionServices(services)])
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer({
    settings: { initialWindowSize: streamWindowBytes, maxConcurrentStreams: 4096, enablePush: false },
    maxSessionMemory: 512,
  })
  server.on('session', (session) => {
    session.setLocalWindowSize(sessionWindowBytes)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => {}) // a caller that breaks the protocol loses its connection, which Node has closed by now
  })
  server.on('stream', (stream, headers) => serve(methods, options, stream, headers))
  return listen(server, options, sessions)
}

function listen(
  server: Http2Server,
  { host, port, sharePort }: GrpcOptions,
  sessions: ReadonlySet<ServerHttp2Session>,
): Promise<GrpcPort> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, reusePort: sharePort }, () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            for (const session of sessions) session.close()
          }),
      })
    })
  })
}

function methodsOf(services: readonly GrpcService[]): ReadonlyMap<string, GrpcMethod> {
  return new Map(
    services.flatMap(({ name, methods }) =>
      Object.entries(methods).map(([method, found]) => [`/${name}/${method}`, found] as const),
    ),
  )
}

function serve(
  methods: ReadonlyMap<string, GrpcMethod>,
  parts: GrpcParts,
  stream: ServerHttp2Stream,
  headers: Metadata,
): void {
  stream.on('error', () => {}) // the caller reset it; whoever works for it sees `isOver`
  const path = headers[':path'] ?? ''
  const method = methods.get(path)
  if (!isGrpc(headers)) {
    const status = headers[':method'] === 'POST' ? 415 : 405
    stream.respond({ ':status': status }, { endStream: true })
    stream.resume()
    return
  }
  if (method === undefined) {
    sendFailure(stream, { code: grpcCode.unimplemented, sentence: `There is no method ${path} here.` })
    return
  }
  const timeoutMs = timeoutOf(headers)
  const socket = stream.session?.socket
  if (socket === undefined) return // gone before it was looked at
  if (timeoutMs === null) {
    sendFailure(stream, { code: grpcCode.invalidArgument, sentence: 'The grpc-timeout of the call cannot be read.' })
    return
  }
  const call = callOf(parts, stream, socket, headers, method, timeoutMs)
  if (method.streams === undefined) serveUnary(call)
  else serveStream(call)
}

function isGrpc(headers: Metadata): boolean {
  const type = headers['content-type']
  return headers[':method'] === 'POST' && type !== undefined && /^application\/grpc(?:\+proto)?(?:;.*)?$/.test(type)
}

const late: GrpcFailure = {
  code: grpcCode.deadlineExceeded,
  sentence: 'The deadline of the call passed before it was answered.',
}

function callOf(
  { answer, limitBytes }: GrpcParts,
  stream: ServerHttp2Stream,
  socket: Socket,
  headers: Metadata,
  method: GrpcMethod,
  timeoutMs: number | undefined,
): GrpcCall {
  let isLate = false
  const isGone = () => isLate || stream.closed || stream.destroyed
  const asker: GrpcAsker = {
    headers,
    socket,
    workspace: metadataText(headers, 'millrace-workspace') ?? 'default',
    startedAtMs: performance.now(),
    isGone,
    onGone: (told) => stream.once('close', told),
  }
  if (timeoutMs !== undefined) {
    const timer = setTimeout(
      () => {
        if (isGone()) return
        sendFailure(stream, late)
        isLate = true
        stream.close() // tells those who wait for it
      },
      Math.min(timeoutMs, longestTimerMs),
    )
    stream.once('close', () => clearTimeout(timer))
  }
  return { answer, limitBytes, stream, headers, method, asker }
}

/** Timers count in 31 bits. */
const longestTimerMs = 2 ** 31 - 1
