import type { Problem } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { asProblem, kernelProblem, parseJson } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Message } from './message.ts'
import { fromProblem, MlflowError } from './mlflow-error.ts'

/** One request as a route sees it. */
export interface Call {
  readonly runtime: Runtime
  readonly context: CallContext
  readonly message: Message
}

/** A route: its method, its path below `/api/2.0/mlflow/`, and what it answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly answer: (call: Call) => Promise<object>
}

/** The route tables' own word for an entry. */
export function route(method: Route['method'], path: string, answer: Route['answer']): Route {
  return { method, path, answer }
}

/** Who calls: the workspace is in MLflow's header, else `default`. */
export async function contextOf(runtime: Runtime, request: FastifyRequest): Promise<CallContext> {
  const actor = await runtime.authenticate({ headers: request.headers, remoteAddress: request.ip })
  const workspace = request.headers['x-mlflow-workspace']
  return {
    actor,
    workspace: typeof workspace === 'string' && workspace !== '' ? workspace : 'default',
    requestId: request.id,
  }
}

/** In this Fastify scope errors have MLflow's form and JSON is read as its clients write it. */
export function speakMlflow(app: FastifyInstance, runtime: Runtime): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    try {
      done(null, readBody(request, String(body)))
    } catch (error) {
      done(error as Error) // parseJson throws nothing but problems
    }
  })
  app.setErrorHandler((error, request, reply) => sendError(runtime, error, request, reply))
}

/** Serves routes under every prefix that MLflow's clients and pages use. */
export function serve(app: FastifyInstance, runtime: Runtime, routes: readonly Route[]): void {
  for (const { method, path, answer } of routes) {
    for (const prefix of ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow']) {
      app.route({
        method,
        url: `${prefix}/${path}`,
        handler: async (request) =>
          answer({ runtime, context: await contextOf(runtime, request), message: messageOf(request) }),
      })
    }
  }
}

/** Query and path, and the body of all but GET (a GET without a query may carry one, too). */
export function messageOf(request: FastifyRequest): Message {
  return { ...membersOf(request.query), ...membersOf(request.body), ...membersOf(request.params) }
}

function membersOf(value: unknown): Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function readBody(request: FastifyRequest, body: string): unknown {
  if (body.trim() === '') return {}
  const type = request.headers['content-type']?.split(';')[0]?.trim()
  if (type !== undefined && type !== 'application/json') throw kernelProblem['unsupported-media-type']({ got: type })
  const value = parseJson(withoutBareNumbers(body))
  // Very old clients send JSON inside a JSON string.
  return typeof value === 'string' ? parseJson(value) : value
}

/** Python writes NaN and infinities bare, which JSON has no words for: they become texts. Texts stay as they are. */
function withoutBareNumbers(body: string): string {
  if (!/NaN|Infinity/.test(body)) return body
  return body.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  )
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
  return reply.code(found.status).send({ error_code: found.errorCode, message: found.message })
}

function known(runtime: Runtime, error: unknown, request: FastifyRequest): Problem {
  const problem = asProblem(error, request, runtime)
  if (problem.code === kernelProblem.internal.code) {
    runtime.log.error({ err: error, 'http.request.id': request.id, url: { path: request.url } }, 'a request failed')
  }
  return problem
}
