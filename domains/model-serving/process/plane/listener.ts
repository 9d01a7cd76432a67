import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { Problem } from '@millrace/contract'
import type { PlaneSettings } from '../../model/plane-snapshot.ts'
import type { Admission } from './admission.ts'
import { requireOwnPage } from './admission.ts'
import type { DialectCall, PlaneDialect, RequestHead, WireAnswer } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { Predictor } from './predictor.ts'
import { readBody } from './read-body.ts'
import type { RoutingTable } from './routing-table.ts'

export interface ListenerParts {
  readonly settings: PlaneSettings
  readonly dialects: readonly PlaneDialect[]
  readonly admission: Admission
  readonly predictor: Predictor
  readonly table: () => RoutingTable
}

/** The data plane's HTTP server: finds the dialect, the endpoint and who asks, then hands over to the predictor. */
export function createListener(parts: ListenerParts): Server {
  const server = createServer(
    { keepAliveTimeout: 72_000, requestTimeout: parts.settings.requestTimeoutMs },
    (request, response) => {
      void serve(parts, request, response)
    },
  )
  server.headersTimeout = 60_000
  return server
}

interface Found {
  readonly dialect: PlaneDialect
  readonly call: DialectCall
  readonly workspace: string
}

async function serve(parts: ListenerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAtMs = performance.now()
  const [whole = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const prefix = /^\/w\/([^/]+)(?=\/)/.exec(whole)
  const path = prefix === null ? whole : whole.slice(prefix[0].length)
  let dialect = parts.dialects.at(-1)
  try {
    requireOwnPage(request, parts.settings)
    const head = { method: request.method ?? 'GET', path, query, headers: request.headers }
    const found = find(parts, head, decode(prefix?.[1] ?? 'default'))
    dialect = found.dialect
    const answer = await answerTo(parts, request, found, startedAtMs)
    send(response, answer)
  } catch (error) {
    if (!response.destroyed && dialect !== undefined) refuse(response, request, dialect, error)
  }
}

function find(parts: ListenerParts, head: RequestHead, workspace: string): Found {
  for (const dialect of parts.dialects) {
    const call = dialect.match(head)
    if (call === undefined) continue
    return { dialect, call, workspace: (call.kind === 'predict' ? call.workspace : undefined) ?? workspace }
  }
  throw planeProblem['no-such-address'](head)
}

async function answerTo(
  parts: ListenerParts,
  request: IncomingMessage,
  { call, workspace }: Found,
  startedAtMs: number,
): Promise<WireAnswer> {
  if (call.kind === 'describe') return call.answer(parts.table().view(workspace))
  if (call.kind === 'manage') throw planeProblem['cannot-manage']({})
  const waits = parts.admission.admit(request, parts.table().endpoint(workspace, call.endpoint))
  const body = await readBody(request, parts.settings.bodyLimitBytes)
  if (waits !== undefined) await waits
  // Looked up again: while the body arrived, the endpoint may have changed, and models of before are let go.
  const endpoint = parts.table().endpoint(workspace, call.endpoint)
  return parts.predictor.predict({ endpoint, call, body, headers: request.headers, startedAtMs })
}

function send(response: ServerResponse, answer: WireAnswer): void {
  const { status, headers, body } = answer
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    response.writeHead(status, headers)
    pipeline(Readable.from(body), response, () => {}) // a caller who left, or a model that stopped, ends the answer
    return
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  response.writeHead(status, { ...headers, 'content-length': length })
  response.end(body)
}

function refuse(response: ServerResponse, request: IncomingMessage, dialect: PlaneDialect, error: unknown): void {
  const problem = error instanceof Problem ? error : planeProblem.internal({}, error)
  if (problem.status === 500) {
    process.stderr.write(
      `${JSON.stringify({ message: 'a prediction failed', 'error.message': problem.message, 'error.cause': problem.cause instanceof Error ? problem.cause.message : '' })}\n`,
    )
  }
  const answer = dialect.refuse({ status: problem.status, sentence: problem.message, code: problem.code })
  const closes = request.complete ? {} : { connection: 'close' }
  const retry = problem.status === 503 ? { 'retry-after': '1' } : {}
  send(response, { ...answer, headers: { ...answer.headers, ...closes, ...retry } })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
