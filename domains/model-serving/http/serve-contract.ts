import type { Endpoint } from '@millrace/contract'
import { pathParameters, ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { callContextOf, parseInput } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'

/**
 * Serves a contract whose work is not one transaction (it waits for the data plane or reads files): authenticates, checks
 * what the contract needs, reads the input by its schema, and answers by its schema.
 */
export function serveContract<I extends z.ZodType, O extends z.ZodType>(
  app: FastifyInstance,
  runtime: Runtime,
  endpoint: Endpoint<I, O>,
  handle: (input: z.output<I>, context: CallContext) => Promise<z.input<O>>,
): void {
  app.route({
    method: endpoint.method,
    url: `/api/millrace/v1/w/:workspace${endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    handler: async (request, reply) => {
      const context = await callContextOf(runtime, request)
      const input = parseInput(endpoint, rawInputOf(endpoint, request))
      const on = endpoint.needs.on?.(input) ?? ref('workspace', context.workspace)
      await runtime.authorize(runtime.runner.readScope(context), endpoint.needs.permission, on)
      void reply.code(endpoint.status)
      return endpoint.output.parse(await handle(input, context))
    },
  })
}

function rawInputOf(endpoint: Endpoint, request: FastifyRequest): unknown {
  const hasBody = endpoint.method !== 'GET' && endpoint.method !== 'DELETE'
  const rest = hasBody ? request.body : request.query
  const named = Object.fromEntries(pathParameters(endpoint.path).map((name) => [name, memberOf(request.params, name)]))
  return typeof rest === 'object' && rest !== null ? { ...rest, ...named } : named
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
