import { pageOf, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { CollaborationStore } from '../store/collaboration.ts'
import { action, query } from '../store/collaboration.ts'
import type { StoredChannel } from '../store/notification-rows.ts'

/** A channel with its sealed spec. Throws `collaboration/channel-not-found`. */
export async function findChannel(store: Pick<CollaborationStore, 'channels'>, name: string): Promise<StoredChannel> {
  const found = await store.channels.find(name)
  if (found === undefined) throw contract.problem['channel-not-found']({ name })
  return found
}

/** Makes or changes a channel whose address is checked and whose spec is sealed. */
export const saveChannel = action(contract.saveChannel, async ({ store, input, actor, nowMs }) => {
  const { sealedSpec, ...shown } = input
  const before = (await store.channels.find(input.name))?.channel
  const channel: contract.Channel = {
    ...shown,
    createdAtMs: before?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
    createdBy: before?.createdBy ?? actor.name,
  }
  await store.channels.save({ channel, sealedSpec })
  const was = before === undefined ? {} : { before }
  return { answer: channel, audit: { object: ref('notification-channel', channel.name), ...was, after: channel } }
})

export const readChannel = query(
  contract.readChannel,
  async ({ store, input }) => (await findChannel(store, input.name)).channel,
)

export const listChannels = query(contract.listChannels, async ({ store, input }) => {
  const rows = await store.channels.list(input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.name],
    (row) => row,
  )
})

/** Deletes a channel that no rule sends to. Throws `collaboration/channel-in-use`. */
export const deleteChannel = action(contract.deleteChannel, async ({ store, input }) => {
  const { channel } = await findChannel(store, input.name)
  const rule = (await store.rules.all()).find(({ spec }) => spec.channels.includes(channel.name))
  if (rule !== undefined) throw contract.problem['channel-in-use']({ name: channel.name, rule: rule.name })
  await store.channels.remove(channel.name)
  await store.deliveries.removeOf({ kind: 'channel', id: channel.name })
  return { answer: {}, audit: { object: ref('notification-channel', channel.name), before: channel } }
})
