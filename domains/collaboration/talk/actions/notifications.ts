import { pageOf, ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { action, query } from '../../store/collaboration.ts'

export const listNotifications = query(contract.listNotifications, async ({ store, input, actor }) => {
  const rows = await store.notices.list({ ...input, userId: actor.id })
  const page = pageOf(
    rows,
    input.limit,
    (row) => [row.createdAtMs, row.id],
    (row) => row,
  )
  return { ...page, unread: await store.notices.unread(actor.id) }
})

/** Marks notifications of the caller as read. */
export const readNotifications = action(contract.readNotifications, async ({ store, input, actor, nowMs }) => {
  await store.notices.markRead(actor.id, input.ids, nowMs)
  return { answer: { unread: await store.notices.unread(actor.id) }, audit: 'unchanged' }
})

export const readWishes = query(contract.readWishes, async ({ store, actor }) => ({
  wants: [...(await store.wishes.wishesOf(actor.id))],
}))

/** Chooses of what the caller is told. */
export const putWishes = action(contract.putWishes, async ({ store, input, actor }) => {
  const wants = [...new Set(input.wants)]
  await store.wishes.saveWishes(actor.id, wants)
  return { answer: { wants }, audit: { object: ref('notification-wishes', actor.id), after: wants } }
})
