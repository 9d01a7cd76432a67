import { Problem, pageOf, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { CollaborationStore } from '../store/collaboration.ts'
import { action, query } from '../store/collaboration.ts'
import type { StoredWebhook } from '../store/webhook-rows.ts'

/** A webhook with its sealed secret. Throws `collaboration/webhook-not-found`. */
export async function findWebhook(store: Pick<CollaborationStore, 'webhooks'>, id: string): Promise<StoredWebhook> {
  const found = await store.webhooks.find(id)
  if (found === undefined) throw contract.problem['webhook-not-found']({ id })
  return found
}

/** Makes or changes a webhook whose address is checked and whose secret is sealed. */
export const saveWebhook = action(contract.saveWebhook, async ({ store, input, actor, nowMs, newId }) => {
  const { id, sealedSecret: given, ...spec } = input
  const before = id === undefined ? undefined : await findWebhook(store, id)
  const sealedSecret = given === undefined ? (before?.sealedSecret ?? null) : given
  const made = before?.webhook ?? {
    id: newId('whk') as contract.Webhook['id'], // newId makes it of this kind
    createdAtMs: nowMs,
    createdBy: actor.name,
  }
  const { id: ownId, createdAtMs, createdBy } = made
  const shown = { signed: sealedSecret !== null, createdAtMs, updatedAtMs: nowMs, createdBy }
  const webhook: contract.Webhook = { ...spec, id: ownId, ...shown }
  await store.webhooks.save({ webhook, sealedSecret })
  const was = before === undefined ? {} : { before: before.webhook }
  return { answer: webhook, audit: { object: ref('webhook', webhook.id), ...was, after: webhook } }
})

export const readWebhook = query(
  contract.readWebhook,
  async ({ store, input }) => (await findWebhook(store, input.id)).webhook,
)

export const listWebhooks = query(contract.listWebhooks, async ({ store, input }) => {
  const rows = await store.webhooks.list(input)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.createdAtMs, row.id],
    (row) => row,
  )
})

/** Deletes a webhook with its deliveries. */
export const deleteWebhook = action(contract.deleteWebhook, async ({ store, input }) => {
  const { webhook } = await findWebhook(store, input.id)
  await store.webhooks.remove(webhook.id)
  await store.deliveries.removeOf({ kind: 'webhook', id: webhook.id })
  return { answer: {}, audit: { object: ref('webhook', webhook.id), before: webhook } }
})

/** What was sent and what is to be sent. */
export const listDeliveries = query(contract.listDeliveries, async ({ store, input }) => {
  const { webhook, channel, state, limit, pageToken } = input
  if (webhook !== undefined && channel !== undefined)
    throw new Problem('kernel/invalid-input', 400, 'Ask for one webhook or for one channel, not for both.')
  const target =
    webhook === undefined
      ? channel === undefined
        ? undefined
        : { kind: 'channel' as const, id: channel }
      : { kind: 'webhook' as const, id: webhook }
  const rows = await store.deliveries.list({ target, state, limit, pageToken })
  return pageOf(
    rows,
    limit,
    (row) => [row.createdAtMs, row.id],
    (row) => row,
  )
})
