import { Done, endpoint, Name, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { Delivery } from './model/delivery.ts'
import { Channel, ChannelSpec, Rule, RuleSpec } from './model/notification.ts'
import { problem } from './model/problems.ts'
import { TestResult, Webhook, WebhookFormatName, WebhookId, WebhookSpec } from './model/webhook.ts'

export * from './model/delivery.ts'
export * from './model/notification.ts'
export * from './model/problems.ts'
export * from './model/talk.ts'
export * from './model/webhook.ts'
export * from './talk/model/comment-endpoints.ts'
export * from './talk/model/notice-endpoints.ts'
export * from './talk/model/view-endpoints.ts'

const read = 'collaboration:read'
const write = 'collaboration:write'
const administer = 'collaboration:administer'
const onWebhook = (input: { id: string }) => ref('webhook', input.id)
const WebhookIdInput = z.object({ id: WebhookId })
const Named = z.object({ name: Name })
const Secret = z.string().max(1000)

export const createWebhook = endpoint({
  name: 'collaboration.create-webhook',
  method: 'POST',
  path: '/webhooks',
  summary: 'Makes a webhook: an address that hears of events, signed where a secret is given',
  needs: { permission: administer },
  input: WebhookSpec.extend({ secret: Secret.optional() }),
  output: Webhook,
  problems: [problem['unknown-event']],
  status: 201,
})
export const updateWebhook = endpoint({
  name: 'collaboration.update-webhook',
  method: 'PATCH',
  path: '/webhooks/{id}',
  summary: 'Changes what is given of a webhook; an empty secret ends its signing',
  needs: { permission: administer, on: onWebhook },
  input: WebhookIdInput.extend({
    name: WebhookSpec.shape.name.optional(),
    description: z.string().max(5000).optional(),
    url: WebhookSpec.shape.url.optional(),
    events: WebhookSpec.shape.events.optional(),
    active: z.boolean().optional(),
    secret: Secret.optional(),
  }),
  output: Webhook,
  problems: [problem['webhook-not-found'], problem['unknown-event']],
})
/** Not an address: what `createWebhook` and `updateWebhook` end in, their address checked and their secret sealed. */
export const saveWebhook = endpoint({
  name: 'collaboration.save-webhook',
  method: 'PUT',
  path: '/saved-webhooks',
  summary: 'Saves a webhook',
  needs: { permission: administer },
  input: WebhookSpec.extend({
    id: WebhookId.optional(),
    /** Left out: the secret stays. Null: there is none. */
    sealedSecret: z.string().nullable().optional(),
  }),
  output: Webhook,
})
export const readWebhook = endpoint({
  name: 'collaboration.read-webhook',
  method: 'GET',
  path: '/webhooks/{id}',
  summary: 'Reads a webhook',
  needs: { permission: read, on: onWebhook },
  input: WebhookIdInput,
  output: Webhook,
  problems: [problem['webhook-not-found']],
})
export const listWebhooks = endpoint({
  name: 'collaboration.list-webhooks',
  method: 'GET',
  path: '/webhooks',
  summary: 'Lists webhooks, newest first',
  needs: { permission: read },
  input: PageQuery.extend({ format: WebhookFormatName.optional() }),
  output: page(Webhook),
})
export const deleteWebhook = endpoint({
  name: 'collaboration.delete-webhook',
  method: 'DELETE',
  path: '/webhooks/{id}',
  summary: 'Deletes a webhook; what it was still to be told is dropped',
  needs: { permission: administer, on: onWebhook },
  input: WebhookIdInput,
  output: Done,
  problems: [problem['webhook-not-found']],
})
export const testWebhook = endpoint({
  name: 'collaboration.test-webhook',
  method: 'POST',
  path: '/webhooks/{id}/test',
  summary: 'Sends an example to a webhook at once, and says what came of it',
  needs: { permission: administer, on: onWebhook },
  input: WebhookIdInput.extend({ event: z.string().max(128).optional() }),
  output: TestResult,
  problems: [problem['webhook-not-found']],
})

export const putChannel = endpoint({
  name: 'collaboration.put-channel',
  method: 'PUT',
  path: '/notification-channels/{name}',
  summary: 'Makes or changes a channel for notifications: a webhook, Slack, or mail',
  needs: { permission: write },
  input: Named.extend({ spec: ChannelSpec }),
  output: Channel,
  problems: [problem['no-mail-server']],
})
/** Not an address: what `putChannel` ends in, its address checked and all of it sealed. */
export const saveChannel = endpoint({
  name: 'collaboration.save-channel',
  method: 'PUT',
  path: '/saved-channels/{name}',
  summary: 'Saves a channel',
  needs: { permission: write },
  input: Named.extend({ kind: Channel.shape.kind, target: z.string(), signed: z.boolean(), sealedSpec: z.string() }),
  output: Channel,
})
export const readChannel = endpoint({
  name: 'collaboration.read-channel',
  method: 'GET',
  path: '/notification-channels/{name}',
  summary: 'Reads a channel, without what is secret of it',
  needs: { permission: read },
  input: Named,
  output: Channel,
  problems: [problem['channel-not-found']],
})
export const listChannels = endpoint({
  name: 'collaboration.list-channels',
  method: 'GET',
  path: '/notification-channels',
  summary: 'Lists channels by name',
  needs: { permission: read },
  input: PageQuery,
  output: page(Channel),
})
export const deleteChannel = endpoint({
  name: 'collaboration.delete-channel',
  method: 'DELETE',
  path: '/notification-channels/{name}',
  summary: 'Deletes a channel that no rule sends to',
  needs: { permission: write },
  input: Named,
  output: Done,
  problems: [problem['channel-not-found'], problem['channel-in-use']],
})
export const testChannel = endpoint({
  name: 'collaboration.test-channel',
  method: 'POST',
  path: '/notification-channels/{name}/test',
  summary: 'Sends an example to a channel at once, and says what came of it',
  needs: { permission: write },
  input: Named,
  output: TestResult,
  problems: [problem['channel-not-found']],
})

export const putRule = endpoint({
  name: 'collaboration.put-rule',
  method: 'PUT',
  path: '/notification-rules/{name}',
  summary: 'Makes or changes a rule: what to tell of, and to which channels',
  needs: { permission: write },
  input: RuleSpec.extend({ name: Name }),
  output: Rule,
  problems: [problem['channel-not-found'], problem['unknown-event']],
})
export const readRule = endpoint({
  name: 'collaboration.read-rule',
  method: 'GET',
  path: '/notification-rules/{name}',
  summary: 'Reads a rule',
  needs: { permission: read },
  input: Named,
  output: Rule,
  problems: [problem['rule-not-found']],
})
export const listRules = endpoint({
  name: 'collaboration.list-rules',
  method: 'GET',
  path: '/notification-rules',
  summary: 'Lists rules by name',
  needs: { permission: read },
  input: PageQuery,
  output: page(Rule),
})
export const deleteRule = endpoint({
  name: 'collaboration.delete-rule',
  method: 'DELETE',
  path: '/notification-rules/{name}',
  summary: 'Deletes a rule',
  needs: { permission: write },
  input: Named,
  output: Done,
  problems: [problem['rule-not-found']],
})
export const listDeliveries = endpoint({
  name: 'collaboration.list-deliveries',
  method: 'GET',
  path: '/notification-deliveries',
  summary: 'Lists what was sent or is to be sent, newest first: to one webhook or channel where asked',
  needs: { permission: read },
  input: PageQuery.extend({
    webhook: z.string().max(128).optional(),
    channel: z.string().max(128).optional(),
    state: Delivery.shape.state.optional(),
  }),
  output: page(Delivery),
})
