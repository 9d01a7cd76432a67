import { tables } from '../db/database.ts'
import { statement } from '../db/statement.ts'
import { sql } from 'kysely'
import type { KernelTables } from '../actions/tables.ts'
import type { Database, Db } from '../db/db.ts'
import type { StoredEvent } from './append.ts'

/** A delivery that was taken, with the event to hand over. */
export interface TakenDelivery {
  readonly subscriber: string
  readonly attempts: number
  readonly event: StoredEvent
}

/** How long a taken delivery is this process's alone. */
const leaseMs = 5 * 60_000
export const maximumAttempts = 10

/**
 * Takes due deliveries for handling: in order per subscriber and subject (an older one that is pending or dead holds
 * back the younger), each to one process.
 */
export async function takeDeliveries(database: Database, nowMs: number, limit: number): Promise<TakenDelivery[]> {
  // Most commits leave nothing to deliver, and looking costs a hundredth of a transaction.
  const due = await anyDue({ db: database.reader, dialect: database.dialect }, nowMs, nowMs)
  if (due.length === 0) return []
  return database.write(async (tx) => {
    const rows = await dueDeliveries(tx, database.dialect === 'postgres', nowMs, limit)
    for (const [subscriber, taken] of Map.groupBy(rows, (row) => row.subscriber)) {
      await tables<KernelTables>(tx)
        .updateTable('kernel_delivery')
        .set({ lease_until_ms: nowMs + leaseMs, attempts: sql`attempts + 1` })
        .where('subscriber', '=', subscriber)
        .where(
          'event_id',
          'in',
          taken.map((row) => row.id),
        )
        .execute()
    }
    return rows.map(({ subscriber, attempts, position, id, workspace, name, subject, payload, at_ms: atMs }) => {
      const event = { position, id, workspace, name, subject, payload: JSON.parse(payload) as unknown, atMs }
      return { subscriber, attempts: attempts + 1, event }
    })
  })
}

const anyDue = statement<readonly [nextBeforeMs: number, leaseBeforeMs: number], { found: number }>(
  `select 1 as found from kernel_delivery where state = 'pending' and next_at_ms <= ? and lease_until_ms <= ? limit 1`,
)

function dueDeliveries(tx: Db, skipLocked: boolean, nowMs: number, limit: number) {
  const query = tables<KernelTables>(tx)
    .selectFrom('kernel_delivery as d')
    .innerJoin('kernel_event as e', 'e.id', 'd.event_id')
    .select([
      'd.subscriber',
      'd.attempts',
      'e.position',
      'e.id',
      'e.workspace',
      'e.name',
      'e.subject',
      'e.payload',
      'e.at_ms',
    ])
    .where('d.state', '=', 'pending')
    .where('d.next_at_ms', '<=', nowMs)
    .where('d.lease_until_ms', '<=', nowMs)
    .where(
      sql<boolean>`not exists (select 1 from kernel_delivery o where o.subscriber = d.subscriber and o.subject = d.subject and o.position < d.position)`,
    )
    .orderBy('d.position')
    .limit(limit)
  return skipLocked ? query.forUpdate('d').skipLocked().execute() : query.execute()
}

/** Forgets handled deliveries and schedules failed ones again, or lays them aside as dead letters. */
export async function settleDeliveries(
  database: Database,
  handled: readonly TakenDelivery[],
  failed: readonly { delivery: TakenDelivery; error: string; againAtMs: number }[],
): Promise<void> {
  await database.write(async (tx) => {
    const db = tables<KernelTables>(tx)
    for (const [subscriber, done] of Map.groupBy(handled, (delivery) => delivery.subscriber)) {
      await db
        .deleteFrom('kernel_delivery')
        .where('subscriber', '=', subscriber)
        .where(
          'event_id',
          'in',
          done.map(({ event }) => event.id),
        )
        .execute()
    }
    for (const { delivery, error, againAtMs } of failed) {
      const state = delivery.attempts >= maximumAttempts ? ('dead' as const) : ('pending' as const)
      await db
        .updateTable('kernel_delivery')
        .set({ state, error, next_at_ms: againAtMs, lease_until_ms: 0 })
        .where('subscriber', '=', delivery.subscriber)
        .where('event_id', '=', delivery.event.id)
        .execute()
    }
  })
}

/** How many deliveries wait for their handler, and how many for a person. */
export async function countDeliveries(database: Database): Promise<{ pending: number; dead: number }> {
  const rows = await tables<KernelTables>(database.reader)
    .selectFrom('kernel_delivery')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  const of = (state: string) => rows.find((row) => row.state === state)?.count ?? 0
  return { pending: of('pending'), dead: of('dead') }
}

/** Gives back what a process of before had taken: on the start of the only process (SQLite) nobody else holds anything. */
export async function releaseAllLeases(database: Database): Promise<void> {
  await database.write(async (tx) => {
    await tables<KernelTables>(tx).updateTable('kernel_delivery').set({ lease_until_ms: 0 }).execute()
  })
}
