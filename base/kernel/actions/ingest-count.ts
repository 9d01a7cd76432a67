import { tables } from '../db/database.ts'
import { statement } from '../db/statement.ts'
import { hash } from 'node:crypto'
import { ref } from '@millrace/contract'
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
  const { workspace, actor, nowMs } = scope
  const { source, rows, digest = '' } = counted
  const minute = Math.floor(nowMs / minuteMs)
  const sum = hash('sha256', digest, 'base64url')
  await count(scope, workspace, source.kind, source.id, action, actor.id, minute, rows, sum)
}

type Counted = readonly [string, string, string, string, string, number, number, string]

const count = statement<Counted>(
  `insert into kernel_ingest_count (workspace, source_kind, source_id, action, actor_id, minute, rows, requests, digest)
  values (?, ?, ?, ?, ?, ?, ?, 1, ?)
  on conflict (workspace, source_kind, source_id, action, actor_id, minute) do update set
  rows = kernel_ingest_count.rows + excluded.rows, requests = kernel_ingest_count.requests + 1, digest = excluded.digest`,
)

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
