import { Problem } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { asProblem, kernelProblem } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readJson, writeJson } from './json.ts'
import type { Message } from './message.ts'
import { errorBody, fromProblem, invalid, MlflowError } from './mlflow-error.ts'

/** One request as a route sees it. */
export interface Call {
  readonly runtime: Runtime
  readonly context: CallContext
  readonly message: Message
  /** The request itself, for headers and addresses. */
  readonly request: FastifyRequest
}

/** The major version of MLflow's API under which a route stands: `/api/2.0` or `/api/3.0`. */
export type Since = 2 | 3

/** What is said of a route beside its path. */
export interface RouteOptions {
  /** One version or several; 2 when left out. */
  readonly since?: Since | readonly Since[]
  /** The status of a success; 200 when left out. A route with 204 answers without a body. */
  readonly status?: number
}

/** A route: its method, its path below `/api/N.0/mlflow/`, and what it answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** An object is written as JSON; a Buffer is JSON already. */
  readonly answer: (call: Call) => Promise<object>
  readonly options: RouteOptions
}

/**
 * The route tables' own word for an entry.
 * @param path below `/api/N.0/mlflow/` and `/ajax-api/N.0/mlflow/`; a segment `{name}` becomes the message's field `name`
 */
export function route(
  method: Route['method'],
  path: string,
  answer: Route['answer'],
  options: RouteOptions = {},
): Route {
  return { method, path, answer, options }
}

const workspaceParam = 'workspaceOfAddress'

/** Below it the workspace is in the address. */
export const workspacePrefix = `/w/:${workspaceParam}`

/** Who calls: the workspace is in MLflow's header, else in the address, else `default`. */
export async function contextOf(runtime: Runtime, request: FastifyRequest): Promise<CallContext> {
  const actor = await runtime.authenticate({ headers: request.headers, remoteAddress: request.ip })
  const { [workspaceParam]: inAddress } = membersOf(request.params)
  const named = [request.headers['x-mlflow-workspace'], inAddress].find((one) => typeof one === 'string' && one !== '')
  return {
    actor,
    workspace: typeof named === 'string' ? named : 'default',
    requestId: request.id,
  }
}

/** In this Fastify scope errors have MLflow's form and JSON is read and written as its clients do. */
export function speakMlflow(app: FastifyInstance, runtime: Runtime): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    try {
      done(null, bodyOf(request, String(body)))
    } catch (error) {
      done(error as Error) // readJson throws nothing but problems
    }
  })
  app.setErrorHandler((error, request, reply) => sendError(runtime, error, request, reply))
  app.setReplySerializer((payload) => writeJson(payload))
}

/** Serves routes under every prefix that MLflow's clients and pages use; its pages know of no workspace in the address. */
export function serve(app: FastifyInstance, runtime: Runtime, routes: readonly Route[]): void {
  const kinds = app.prefix.endsWith(workspacePrefix) ? ['/api'] : ['/api', '/ajax-api']
  for (const one of routes) {
    const url = one.path.replaceAll(/\{(\w+)\}/g, ':$1')
    for (const version of [one.options.since ?? 2].flat()) {
      for (const kind of kinds) serveAt(app, runtime, `${kind}/${version}.0/mlflow/${url}`, one)
    }
  }
}

/** Serves one route at an address of its own. */
export function serveAt(app: FastifyInstance, runtime: Runtime, url: string, one: Route): void {
  app.route({ method: one.method, url, handler: (request, reply) => answerTo(one, runtime, request, reply) })
}

async function answerTo(
  { answer, options }: Route,
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  requireJson(request)
  const message = messageOf(request)
  const answered = await answer({ runtime, context: await contextOf(runtime, request), message, request })
  const { status = 200 } = options
  void reply.code(status)
  if (status === 204) return reply.send()
  return Buffer.isBuffer(answered) ? reply.type('application/json; charset=utf-8').send(answered) : answered
}

/** Query and path, and the body: of a GET only where it has no query. The path wins over the rest. */
export function messageOf(request: FastifyRequest): Message {
  const query = membersOf(request.query)
  const { [workspaceParam]: _inAddress, ...params } = membersOf(request.params)
  if (request.method === 'GET' && Object.keys(query).length > 0) return { ...query, ...params }
  return { ...query, ...membersOf(request.body), ...params }
}

function membersOf(value: unknown): Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** The body of what may carry one of that type; the route refuses the rest, once it is known that there is one. */
function bodyOf(request: FastifyRequest, body: string): unknown {
  if (!isJson(request)) return undefined
  texts.set(request, body)
  return readJson(body)
}

/** The text of a request's body while it is answered: a complaint quotes numbers as they were written. */
const texts = new WeakMap<FastifyRequest, string>()

function asWritten({ message }: MlflowError, request: FastifyRequest): string {
  const [, number, field = ''] = /^Invalid value (-?\d+) for parameter '([\w.[\]]+)' supplied: /.exec(message) ?? []
  if (number === undefined) return message
  const written = new RegExp(`"${field.replace(/^.*\\./, '')}"\\s*:\\s*(${number}\\.0*)\\s*[,}]`).exec(
    texts.get(request) ?? '',
  )
  return written?.[1] === undefined ? message : message.replace(number, written[1])
}

/** MLflow looks at the type of what POST and PUT carry, and at no other's. */
function requireJson(request: FastifyRequest): void {
  if (isJson(request)) return
  const type = request.headers['content-type'] ?? ''
  if (type === '') throw invalid('Bad Request. Content-Type header is missing.')
  throw invalid("Bad Request. Content-Type must be one of ['application/json'].")
}

function isJson({ method, headers }: FastifyRequest): boolean {
  if (method !== 'POST' && method !== 'PUT') return true
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

async function sendError(
  runtime: Runtime,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = error instanceof MlflowError ? error : fromProblem(known(runtime, error, request))
  if (found.errorCode === 'UNAUTHENTICATED') {
    return reply.code(401).header('www-authenticate', 'Basic realm="mlflow"').type('text/plain').send(found.message)
  }
  // The basic-auth application says no more than this, and its clients look for the words.
  if (found.errorCode === 'PERMISSION_DENIED' && runtime.config.appName === 'basic-auth') {
    return reply.code(403).type('text/plain').send('Permission denied')
  }
  if (found.errorCode === 'REQUEST_LIMIT_EXCEEDED') void reply.header('retry-after', retryAfter(error))
  return reply
    .code(found.status)
    .type('application/json; charset=utf-8')
    .send(errorBody(found, asWritten(found, request)))
}

/** Seconds until the next request may come. */
function retryAfter(error: unknown): string {
  return error instanceof Problem ? Number(error.params['retryAfterSeconds'] ?? 1).toFixed(0) : '1'
}

function known(runtime: Runtime, error: unknown, request: FastifyRequest): Problem {
  const problem = asProblem(error, request, runtime)
  if (problem.code === kernelProblem.internal.code) {
    runtime.log.error({ err: error, 'http.request.id': request.id, url: { path: request.url } }, 'a request failed')
  }
  return problem
}
