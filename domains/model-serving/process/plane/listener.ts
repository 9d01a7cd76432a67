import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { Problem } from '@millrace/contract'
import type { PlaneSettings } from '../../model/plane-snapshot.ts'
import type { Admission } from './admission.ts'
import { callerOf, requireOwnPage } from './admission.ts'
import type { ManageOrders } from './manage.ts'
import { logAccess } from './log-access.ts'
import type { DialectCall, PlaneDialect, RequestHead, WireAnswer } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { Predictor } from './predictor.ts'
import { readBody } from './read-body.ts'
import type { RoutingTable } from './routing-table.ts'
import { ModelNeeded } from './routing-table.ts'

export interface ListenerParts {
  readonly settings: PlaneSettings
  readonly dialects: readonly PlaneDialect[]
  readonly admission: Admission
  readonly predictor: Predictor
  readonly orders: ManageOrders
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
  if (parts.settings.accessLog === true) server.on('request', logAccess)
  return server
}

const workspacePrefix = /^\/w\/([^/]+)(?=\/)/

interface Found {
  readonly dialect: PlaneDialect
  readonly call: DialectCall
  readonly workspace: string
  readonly query: string
}

async function serve(parts: ListenerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAtMs = performance.now()
  let dialect = parts.dialects.at(-1)
  try {
    requireOwnPage(request, parts.settings)
    const found = find(parts, request)
    dialect = found.dialect
    const answer = await answerTo(parts, request, response, found, startedAtMs)
    send(response, answer)
  } catch (error) {
    if (!response.destroyed && dialect !== undefined) refuse(response, request, dialect, error)
  }
}

function find(parts: ListenerParts, request: IncomingMessage): Found {
  const { head, workspace } = headOf(request)
  for (const dialect of parts.dialects) {
    const call = dialect.match(head)
    if (call === undefined) continue
    const named = call.kind === 'predict' ? call.workspace : undefined
    return { dialect, call, workspace: named ?? workspace, query: head.query }
  }
  throw planeProblem['no-such-address'](head)
}

/** What dialects see of a request: its path without the prefix `/w/{workspace}`. */
function headOf(request: IncomingMessage): { readonly head: RequestHead; readonly workspace: string } {
  const { method = 'GET', url = '/', headers } = request
  const queryAt = url.indexOf('?')
  const whole = queryAt < 0 ? url : url.slice(0, queryAt)
  const query = queryAt < 0 ? '' : url.slice(queryAt + 1)
  const prefix = whole.startsWith('/w/') ? workspacePrefix.exec(whole) : null
  if (prefix === null) return { head: { method, path: whole, query, headers }, workspace: 'default' }
  return { head: { method, path: whole.slice(prefix[0].length), query, headers }, workspace: decode(prefix[1] ?? '') }
}

async function answerTo(
  parts: ListenerParts,
  request: IncomingMessage,
  response: ServerResponse,
  found: Found,
  startedAtMs: number,
): Promise<WireAnswer> {
  const { call, workspace } = found
  if (call.kind === 'describe') return describe(() => call.answer(parts.table().view(workspace)))
  if (call.kind === 'manage') {
    const caller = callerOf(request)
    const manager = parts.orders.managerFor({ workspace, caller, view: () => parts.table().view(workspace) })
    return call.run(manager, await readBody(request, parts.settings.bodyLimitBytes), request.headers)
  }
  const known = call.kind === 'choose' ? await readBody(request, parts.settings.bodyLimitBytes) : undefined
  const predicts = call.kind === 'choose' ? call.choose(known ?? noBytes, parts.table().view(workspace)) : call
  const named = predicts.endpoint
  const admitted = parts.admission.admit(request, parts.table().endpoint(workspace, named))
  const arriving = known ?? readBody(request, parts.settings.bodyLimitBytes)
  // Together: a refusal that comes before the body must not go unheard.
  const [body, caller] =
    typeof admitted === 'string' ? [await arriving, admitted] : await Promise.all([arriving, admitted])
  // Looked up again: while the body arrived, the endpoint may have changed, and models of before are let go.
  const endpoint = parts.table().endpoint(workspace, named)
  const { headers } = request
  return parts.predictor.predict({
    endpoint,
    call: predicts,
    body,
    headers,
    query: found.query,
    caller,
    startedAtMs,
    isGone: () => request.socket.destroyed,
    onGone: (told) => response.once('close', told),
  })
}

const noBytes = new Uint8Array()

/** Models that are loaded on demand are loaded to be described. */
export async function describe(answer: () => WireAnswer): Promise<WireAnswer> {
  for (;;) {
    try {
      return answer()
    } catch (error) {
      if (!(error instanceof ModelNeeded)) throw error
      await error.deployment.enter()
      error.deployment.leave()
    }
  }
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
  // A text as long in bytes as in characters is ASCII, which is sent without being encoded.
  if (typeof body === 'string' && length === body.length) response.end(body, 'latin1')
  else response.end(body)
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
  const retry = problem.status === 503 || problem.status === 429 ? { 'retry-after': '1' } : {}
  send(response, { ...answer, headers: { ...answer.headers, ...closes, ...retry } })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
