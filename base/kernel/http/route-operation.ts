import type { Endpoint } from '@millrace/contract'
import { pathParameters } from '@millrace/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnyOperation } from '../actions/action.ts'
import { kernelProblem } from '../actions/kernel-problems.ts'
import type { CallContext } from '../actions/runner.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** `/runs/{id}` of the workspace → `/api/millrace/v1/w/:workspace/runs/:id`. */
export function routePath(endpoint: Endpoint): string {
  const prefix = endpoint.scope === 'server' ? '/api/millrace/v1' : '/api/millrace/v1/w/:workspace'
  return prefix + endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')
}

/** Serves an operation at its contract's address. */
export function routeOperation(app: FastifyInstance, runtime: Runtime, operation: AnyOperation): void {
  const endpoint = operation.endpoint as Endpoint // a list of operations has lost their types
  const names = pathParameters(endpoint.path)
  app.route({
    method: endpoint.method,
    url: routePath(endpoint),
    ...(endpoint.bodyLimitBytes === undefined ? {} : { bodyLimit: endpoint.bodyLimitBytes }),
    handler: async (request, reply) => {
      const context = await callContextOf(runtime, request)
      const input = inputOf(endpoint, names, request)
      void reply.code(endpoint.status)
      const attributes = {
        'http.request.method': endpoint.method,
        'http.route': routePath(endpoint),
        'enduser.id': context.actor.id,
      }
      return runtime.tracing.span(`${endpoint.method} ${endpoint.path}`, { attributes, headers: request.headers }, () =>
        runtime.tracing.span(endpoint.name, {}, () => run(runtime, operation, input, context)),
      )
    },
  })
}

async function run(runtime: Runtime, operation: AnyOperation, input: unknown, context: CallContext): Promise<unknown> {
  if (operation.kind === 'query') return runtime.runner.ask(operation, input, context)
  const end = runtime.metrics.actionDuration.startTimer({ action: operation.endpoint.name })
  try {
    return operation.kind === 'action'
      ? await runtime.runner.act(operation, input, context)
      : await runtime.runner.ingest(operation, input, context)
  } finally {
    end()
  }
}

/** Who calls, and in which workspace, as a request says it. */
export async function callContextOf(runtime: Runtime, request: FastifyRequest): Promise<CallContext> {
  const actor = await runtime.authenticate({ headers: request.headers, remoteAddress: request.ip })
  const key = request.headers['idempotency-key']
  return {
    actor,
    workspace: stringMember(request.params, 'workspace') ?? 'default',
    requestId: request.id,
    ...(typeof key === 'string' && key !== '' ? { idempotencyKey: key.slice(0, 255) } : {}),
  }
}

/** One object from path, query and body. A field named twice, in path and body, must agree; the path wins. */
function inputOf(endpoint: Endpoint, names: readonly string[], request: FastifyRequest): unknown {
  const fromPath = Object.fromEntries(names.map((name) => [name, stringMember(request.params, name)]))
  const hasBody = endpoint.method !== 'GET' && endpoint.method !== 'DELETE'
  const rest: unknown = hasBody ? (request.body ?? {}) : request.query
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) {
    throw kernelProblem['invalid-input']({ what: 'the body must be a JSON object' })
  }
  return { ...rest, ...fromPath }
}

function stringMember(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const member: unknown = Reflect.get(value, name)
  return typeof member === 'string' ? member : undefined
}
