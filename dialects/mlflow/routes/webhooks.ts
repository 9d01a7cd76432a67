import { Problem } from '@millrace/contract'
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  readWebhook,
  testWebhook,
  updateWebhook,
} from '@millrace/collaboration'
import type { Webhook } from '@millrace/collaboration/contract'
import type { Message } from '../wire/message.ts'
import { inner, messages, missing, optionalInteger, optionalText, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { mlflowWebhookFormat, webhookActions } from './webhook-format.ts'

/** `webhooks…` */
export const webhookRoutes: readonly Route[] = [
  route('POST', 'webhooks', create),
  route('GET', 'webhooks', list),
  route('GET', 'webhooks/{webhook_id}', async (call) => ({ webhook: webhookMessage(await read(call)) })),
  route('PATCH', 'webhooks/{webhook_id}', update),
  route('DELETE', 'webhooks/{webhook_id}', async (call) => {
    const { id } = await read(call)
    return call.runtime.runner.act(deleteWebhook, { id }, call.context)
  }),
  route('POST', 'webhooks/{webhook_id}/test', test),
]

function webhookMessage(webhook: Webhook) {
  return {
    webhook_id: webhook.id,
    name: webhook.name,
    description: webhook.description === '' ? undefined : webhook.description,
    url: webhook.url,
    events: webhook.events.map((event) => {
      const [entity = '', action = ''] = event.toUpperCase().split('.')
      return { entity, action }
    }),
    status: webhook.active ? 'ACTIVE' : 'DISABLED',
    creation_timestamp: webhook.createdAtMs,
    last_updated_timestamp: webhook.updatedAtMs,
  }
}

const formatOf = ({ runtime }: Call) => mlflowWebhookFormat({ workspaces: runtime.config.enableWorkspaces })

async function create(call: Call) {
  const { runtime, context, message } = call
  const wanted = {
    name: nameOf(text(message, 'name')),
    url: urlOf(text(message, 'url')),
    events: eventsOf(message) ?? [],
    description: optionalText(message, 'description') ?? '',
    secret: optionalText(message, 'secret') ?? '',
    active: statusOf(message) ?? true,
    format: 'mlflow',
  }
  if (message['events'] === undefined || message['events'] === null) throw missing('events')
  if (wanted.events.length === 0) throw invalid('Webhook events must be a non-empty list of WebhookEvent objects: [].')
  return {
    webhook: webhookMessage(await inMlflowsWords(() => createWebhook(runtime, context, wanted, formatOf(call)))),
  }
}

async function list({ runtime, context, message }: Call) {
  const asked = optionalInteger(message, 'max_results') ?? 100
  const limit = asked === 0 ? 100 : asked
  if (limit < 1 || limit > 1000) throw invalid('max_results must be between 1 and 1000.')
  const page = pageToken(optionalText(message, 'page_token'))
  const { items, nextPageToken } = await runtime.runner.ask(listWebhooks, { limit, format: 'mlflow', ...page }, context)
  return { webhooks: items.length === 0 ? undefined : items.map(webhookMessage), next_page_token: nextPageToken }
}

/** The webhook a request names; one in another format is none of MLflow's. */
async function read({ runtime, context, message }: Call): Promise<Webhook> {
  const id = text(message, 'webhook_id')
  const absent = () => new MlflowError('RESOURCE_DOES_NOT_EXIST', `Webhook with ID ${id} not found.`)
  try {
    const webhook = await runtime.runner.ask(readWebhook, { id }, context)
    if (webhook.format !== 'mlflow') throw absent()
    return webhook
  } catch (error) {
    throw error instanceof Problem && (error.status === 404 || error.status === 400) ? absent() : error
  }
}

async function update(call: Call) {
  const { runtime, context, message } = call
  const { id } = await read(call)
  const [name, url, events] = [optionalText(message, 'name'), optionalText(message, 'url'), eventsOf(message)]
  const changes = {
    id,
    name: name === undefined || name === '' ? undefined : nameOf(name),
    url: url === undefined || url === '' ? undefined : urlOf(url),
    events: events?.length === 0 ? undefined : events,
    description: optionalText(message, 'description'),
    secret: optionalText(message, 'secret'),
    active: statusOf(message),
  }
  const changed = await inMlflowsWords(() => updateWebhook(runtime, context, changes, () => formatOf(call)))
  return { webhook: webhookMessage(changed) }
}

async function test(call: Call) {
  const { runtime, context, message } = call
  const { id } = await read(call)
  const event =
    message['event'] === undefined || message['event'] === null ? undefined : eventOf(inner(message, 'event'))
  const result = await testWebhook(runtime, context, { id, event }, () => formatOf(call))
  return {
    result: {
      success: result.success,
      response_status: result.status,
      response_body: result.body,
      error_message: result.status === undefined ? `Failed to test webhook: ${result.error ?? ''}` : undefined,
    },
  }
}

function nameOf(name: string): string {
  if (/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i.test(name)) return name
  throw invalid(
    `Webhook name '${name}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  )
}

function urlOf(url: string): string {
  if (url.trim() === '') throw invalid(`Webhook URL cannot be empty or just whitespace: '${url}'`)
  return url
}

function statusOf(message: Message): boolean | undefined {
  const status = optionalText(message, 'status')
  if (status === undefined || status === '') return undefined
  if (status === 'ACTIVE' || status === 'DISABLED') return status === 'ACTIVE'
  throw invalid(`Invalid webhook status: '${status}'. Valid statuses are ACTIVE and DISABLED.`)
}

function eventsOf(message: Message): string[] | undefined {
  const events = message['events']
  return events === undefined || events === null ? undefined : messages(message, 'events').map(eventOf)
}

function eventOf(event: Message): string {
  const [entity, action] = [text(event, 'entity').toLowerCase(), text(event, 'action').toLowerCase()]
  const actions = webhookActions[entity]
  if (actions === undefined) throw invalid(`Unknown webhook entity: ${entity}`)
  if (actions.includes(action)) return `${entity}.${action}`
  const valid = actions
    .toSorted()
    .map((one) => `'${one}'`)
    .join(', ')
  throw invalid(`Invalid action '${action}' for entity '${entity}'. Valid actions are: [${valid}]`)
}

/** What the guard of outgoing requests says, as MLflow says it. */
async function inMlflowsWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const sentence = error instanceof Problem ? sentences[error.code]?.(error.params) : undefined
    throw sentence === undefined ? error : invalid(sentence)
  }
}

type Params = Readonly<Record<string, unknown>>
const sentences: Readonly<Record<string, (p: Params) => string>> = {
  'outgoing/scheme-refused': (p) =>
    `Invalid webhook URL scheme: '${String(p['scheme'])}'. Allowed schemes are: ${String(p['allowed'])}.`,
  'outgoing/bad-address': (p) => `Invalid webhook URL '${String(p['url'])}': ${String(p['reason'])}`,
  'outgoing/unresolved': (p) => `Cannot resolve Webhook URL hostname '${String(p['host'])}': ${String(p['reason'])}`,
  'outgoing/private-address': (p) =>
    `Webhook URL must not resolve to a non-public IP address. '${String(p['host'])}' resolves to ${String(p['address'])}.`,
}
