import { tables } from '../db/database.ts'
import { createHash } from 'node:crypto'
import { ref } from '@millrace/contract'
import { sql } from 'kysely'
import type { Database } from '../db/db.ts'
import type { IngestOutcome } from './action.ts'
import type { AuditSink, Scope } from './scope.ts'
import type { KernelTables } from './tables.ts'

const minuteMs = 60_000

/** Adds to the counter of (source, action, actor, minute), in the transaction that writes the rows. */
export async function countIngest(
  scope: Scope,
  action: string,
  counted: IngestOutcome<unknown>['counted'],
): Promise<void> {
  const digest = createHash('sha256')
    .update(counted.digest ?? '')
    .digest('base64url')
  await tables<KernelTables>(scope.db)
    .insertInto('kernel_ingest_count')
    .values({
      workspace: scope.workspace,
      source_kind: counted.source.kind,
      source_id: counted.source.id,
      action,
      actor_id: scope.actor.id,
      minute: Math.floor(scope.nowMs / minuteMs),
      rows: counted.rows,
      requests: 1,
      digest,
    })
    .onConflict((c) =>
      c.columns(['workspace', 'source_kind', 'source_id', 'action', 'actor_id', 'minute']).doUpdateSet({
        rows: sql`kernel_ingest_count.rows + excluded.rows`,
        requests: sql`kernel_ingest_count.requests + 1`,
        digest: sql`excluded.digest`,
      }),
    )
    .execute()
}

/** Turns counters of minutes that are over into one audit line each. Run by a chore and on drain. */
export async function closeIngestCounts(
  database: Database,
  audit: AuditSink,
  scopeFor: (tx: Scope['db'], workspace: string, actorId: string) => Scope,
  beforeMs: number,
): Promise<number> {
  return database.write(async (tx) => {
    const db = tables<KernelTables>(tx)
    const minute = Math.floor(beforeMs / minuteMs)
    const rows = await db
      .selectFrom('kernel_ingest_count')
      .selectAll()
      .where('minute', '<', minute)
      .limit(1000)
      .execute()
    for (const row of rows) {
      await audit.record(scopeFor(tx, row.workspace, row.actor_id), {
        action: row.action,
        object: ref(row.source_kind, row.source_id),
        after: { minuteMs: row.minute * minuteMs, rows: row.rows, requests: row.requests, digest: row.digest },
      })
      await db
        .deleteFrom('kernel_ingest_count')
        .where('workspace', '=', row.workspace)
        .where('source_kind', '=', row.source_kind)
        .where('source_id', '=', row.source_id)
        .where('action', '=', row.action)
        .where('actor_id', '=', row.actor_id)
        .where('minute', '=', row.minute)
        .execute()
    }
    return rows.length
  })
}
