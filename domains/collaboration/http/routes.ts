import type { CallContext, Runtime } from '@millrace/kernel'
import { callContextOf } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { WebhookFormatName } from '../contract.ts'
import type { WebhookFormat } from '../jobs/webhook-format.ts'
import { putChannel, testChannel } from './channels.ts'
import { createWebhook, testWebhook, updateWebhook } from './webhooks.ts'

type Answer = (context: CallContext, input: Readonly<Record<string, unknown>>) => Promise<object>

/** The routes that look names up or send something before, or instead of, an action. */
export function routes(
  app: FastifyInstance,
  runtime: Runtime,
  formatOf: (name: WebhookFormatName) => WebhookFormat,
): void {
  const base = '/api/millrace/v1/w/:workspace'
  const serve = (method: 'POST' | 'PUT' | 'PATCH', path: string, answer: Answer, status = 200) => {
    app.route({
      method,
      url: `${base}${path}`,
      handler: async (request, reply) =>
        reply.code(status).send(await answer(await callContextOf(runtime, request), inputOf(request))),
    })
  }
  serve(
    'POST',
    '/webhooks',
    (context, input) => {
      const format = WebhookFormatName.catch('millrace').parse(input['format'])
      return createWebhook(runtime, context, input, formatOf(format))
    },
    201,
  )
  serve('PATCH', '/webhooks/:id', (context, input) => updateWebhook(runtime, context, input, formatOf))
  serve('POST', '/webhooks/:id/test', (context, input) => testWebhook(runtime, context, input, formatOf))
  serve('PUT', '/notification-channels/:name', (context, input) => putChannel(runtime, context, input))
  serve('POST', '/notification-channels/:name/test', (context, input) => testChannel(runtime, context, input))
}

function inputOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const members = (value: unknown) => (typeof value === 'object' && value !== null ? value : {})
  const { workspace: _where, ...named } = members(request.params) as Record<string, unknown> // the route's own pattern
  return { ...members(request.body), ...named }
}
