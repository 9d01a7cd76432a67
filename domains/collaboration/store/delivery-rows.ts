import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { Delivery } from '../model/delivery.ts'
import type { CollaborationTables } from './tables.ts'

type Row = Selectable<CollaborationTables['collaboration_delivery']>

export interface NewDelivery {
  readonly id: string
  readonly target: Delivery['target']
  readonly eventKey: string
  readonly event: string
  readonly body: string
  readonly atMs: number
}

export interface DeliverySearch {
  readonly target?: Delivery['target'] | undefined
  readonly state?: Delivery['state'] | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes the deliveries of one workspace. */
export function deliveryRows(db: Kysely<CollaborationTables>, workspace: string) {
  return {
    /** Adds what is to be told; what is there already for the same target and event stays as it is. */
    add: async (deliveries: readonly NewDelivery[]): Promise<void> => {
      for (const delivery of deliveries) {
        await db
          .insertInto('collaboration_delivery')
          .values(newRow(workspace, delivery))
          .onConflict((c) => c.columns(['workspace', 'target_kind', 'target_id', 'event_key']).doNothing())
          .execute()
      }
    },
    /** Newest first; one more than `limit` where there is one. */
    list: async ({ target, state, limit, pageToken }: DeliverySearch): Promise<Delivery[]> => {
      const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
      let found = db.selectFrom('collaboration_delivery').selectAll().where('workspace', '=', workspace)
      if (target !== undefined) found = found.where('target_kind', '=', target.kind).where('target_id', '=', target.id)
      if (state !== undefined) found = found.where('state', '=', state)
      if (id !== undefined) {
        const [lastMs, lastId] = [Number(atMs), String(id)]
        found = found.where((e) =>
          e.or([e('created_at_ms', '<', lastMs), e.and([e('created_at_ms', '=', lastMs), e('id', '<', lastId)])]),
        )
      }
      const rows = await found
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return rows.map(toDelivery)
    },
    /** Drops what a target was still to be told, and what it was told. */
    removeOf: (target: Delivery['target']) =>
      db
        .deleteFrom('collaboration_delivery')
        .where('workspace', '=', workspace)
        .where('target_kind', '=', target.kind)
        .where('target_id', '=', target.id)
        .execute(),
  }
}

function newRow(workspace: string, delivery: NewDelivery): Row {
  return {
    workspace,
    id: delivery.id,
    target_kind: delivery.target.kind,
    target_id: delivery.target.id,
    event_key: delivery.eventKey,
    event: delivery.event,
    body: delivery.body,
    state: 'pending',
    attempts: 0,
    next_at_ms: delivery.atMs,
    lease_until_ms: 0,
    status: null,
    error: null,
    created_at_ms: delivery.atMs,
    ended_at_ms: null,
  }
}

function toDelivery(row: Row): Delivery {
  return Delivery.parse({
    id: row.id,
    target: { kind: row.target_kind, id: row.target_id },
    event: row.event,
    state: row.state,
    attempts: row.attempts,
    status: row.status,
    error: row.error,
    nextAtMs: row.state === 'pending' ? row.next_at_ms : null,
    createdAtMs: row.created_at_ms,
    endedAtMs: row.ended_at_ms,
  })
}
