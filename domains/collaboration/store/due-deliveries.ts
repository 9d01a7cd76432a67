import type { Database } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { sql } from 'kysely'
import type { Attempt, Delivery } from '../model/delivery.ts'
import type { CollaborationTables } from './tables.ts'

/** A delivery that this process has taken, of any workspace. */
export interface TakenDelivery {
  readonly workspace: string
  readonly id: string
  readonly target: Delivery['target']
  readonly event: string
  readonly body: string
  /** Counting this one. */
  readonly attempts: number
  readonly createdAtMs: number
}

/** How long a taken delivery is this process's alone; no attempt may last longer. */
const leaseMs = 10 * 60_000

/** True when something is to be sent now. */
export async function anyDue(database: Database, nowMs: number): Promise<boolean> {
  const row = await tables<CollaborationTables>(database.reader)
    .selectFrom('collaboration_delivery')
    .select('id')
    .where('state', '=', 'pending')
    .where('next_at_ms', '<=', nowMs)
    .where('lease_until_ms', '<=', nowMs)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Takes what is due, each delivery to one process. */
export async function takeDue(database: Database, nowMs: number, limit: number): Promise<TakenDelivery[]> {
  return database.write(async (tx) => {
    const db = tables<CollaborationTables>(tx)
    const due = db
      .selectFrom('collaboration_delivery')
      .selectAll()
      .where('state', '=', 'pending')
      .where('next_at_ms', '<=', nowMs)
      .where('lease_until_ms', '<=', nowMs)
      .orderBy('next_at_ms')
      .limit(limit)
    const rows = await (database.dialect === 'postgres' ? due.forUpdate().skipLocked() : due).execute()
    if (rows.length > 0) {
      const ids = rows.map((row) => row.id)
      await db
        .updateTable('collaboration_delivery')
        .set({ lease_until_ms: nowMs + leaseMs, attempts: sql`attempts + 1` })
        .where('id', 'in', ids)
        .execute()
    }
    return rows.map((row) => ({
      workspace: row.workspace,
      id: row.id,
      target: { kind: row.target_kind === 'webhook' ? 'webhook' : 'channel', id: row.target_id },
      event: row.event,
      body: row.body,
      attempts: row.attempts + 1,
      createdAtMs: row.created_at_ms,
    }))
  })
}

/** Writes down what came of an attempt; `againAtMs` is when it is tried next, null when it is not. */
export async function settle(
  database: Database,
  id: string,
  attempt: Attempt,
  { nowMs, againAtMs }: { nowMs: number; againAtMs: number | null },
): Promise<void> {
  const over = attempt.delivered || againAtMs === null
  await database.write(async (tx) => {
    await tables<CollaborationTables>(tx)
      .updateTable('collaboration_delivery')
      .set({
        state: attempt.delivered ? 'delivered' : over ? 'failed' : 'pending',
        status: attempt.status,
        error: attempt.error?.slice(0, 1000) ?? null,
        lease_until_ms: 0,
        next_at_ms: againAtMs ?? nowMs,
        ended_at_ms: over ? nowMs : null,
      })
      .where('id', '=', id)
      .execute()
  })
}

/** Forgets deliveries that ended before a time. */
export async function forgetEnded(database: Database, beforeMs: number): Promise<void> {
  await database.write(async (tx) => {
    await tables<CollaborationTables>(tx)
      .deleteFrom('collaboration_delivery')
      .where('ended_at_ms', '<', beforeMs)
      .execute()
  })
}

/** The only process of an embedded store owns what one before it had taken. */
export async function releaseTaken(database: Database): Promise<void> {
  await database.write(async (tx) => {
    await tables<CollaborationTables>(tx)
      .updateTable('collaboration_delivery')
      .set({ lease_until_ms: 0 })
      .where('lease_until_ms', '>', 0)
      .execute()
  })
}

/** The workspaces that have rules. */
export async function workspacesWithRules(database: Database): Promise<string[]> {
  const rows = await tables<CollaborationTables>(database.reader)
    .selectFrom('collaboration_rule')
    .select('workspace')
    .distinct()
    .execute()
  return rows.map((row) => row.workspace)
}
