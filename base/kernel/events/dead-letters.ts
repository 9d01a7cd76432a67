import { tables } from '../db/database.ts'
import { ref } from '@millrace/contract'
import { operations } from '../actions/action.ts'
import type { KernelTables } from '../actions/tables.ts'
import * as contract from './contract.ts'

const { action, query } = operations((db, workspace) => ({ db: tables<KernelTables>(db), workspace }))

/** Lists what failed too often in this workspace, oldest first. */
export const listDeadLetters = query(contract.listDeadLetters, async ({ store, input }) => {
  const rows = await store.db
    .selectFrom('kernel_delivery as d')
    .innerJoin('kernel_event as e', 'e.id', 'd.event_id')
    .select(['d.event_id', 'd.subscriber', 'd.error', 'd.attempts', 'e.name', 'e.subject', 'e.payload', 'e.at_ms'])
    .where('e.workspace', '=', store.workspace)
    .where('d.state', '=', 'dead')
    .orderBy('d.position')
    .limit(input.limit)
    .execute()
  return {
    items: rows.map((row) => ({
      eventId: row.event_id,
      subscriber: row.subscriber,
      name: row.name,
      subject: row.subject,
      payload: JSON.parse(row.payload) as unknown,
      error: row.error ?? '',
      attempts: row.attempts,
      atMs: row.at_ms,
    })),
  }
})

/** Delivers a dead letter again from its first attempt, or drops it for good. */
export const settleDeadLetter = action(contract.settleDeadLetter, async ({ store, input, nowMs }) => {
  const { eventId, subscriber, decision } = input
  const row = await store.db
    .selectFrom('kernel_delivery as d')
    .innerJoin('kernel_event as e', 'e.id', 'd.event_id')
    .select(['d.error', 'd.attempts'])
    .where('d.event_id', '=', eventId)
    .where('d.subscriber', '=', subscriber)
    .where('d.state', '=', 'dead')
    .where('e.workspace', '=', store.workspace)
    .executeTakeFirst()
  if (row === undefined) throw contract.deliveryProblem['not-found']({ eventId, subscriber })
  if (decision === 'drop') {
    await store.db
      .deleteFrom('kernel_delivery')
      .where('event_id', '=', eventId)
      .where('subscriber', '=', subscriber)
      .execute()
  } else {
    await store.db
      .updateTable('kernel_delivery')
      .set({ state: 'pending', attempts: 0, next_at_ms: nowMs, error: null })
      .where('event_id', '=', eventId)
      .where('subscriber', '=', subscriber)
      .execute()
  }
  return { answer: {}, audit: { object: ref('dead-letter', eventId), before: row, after: { decision, subscriber } } }
})
