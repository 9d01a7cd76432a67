import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { ChainRow } from '../model/verify-chain.ts'
import type { PayloadRow, RecordRow } from './records.ts'
import type { AuditTables } from './tables.ts'

const batchSize = 500

/** Every record of a workspace as the verifier reads it: sealed ones in order, then the unsealed. Lets others run between batches. */
export async function* chainRows(db: Db, workspace: string): AsyncGenerator<ChainRow> {
  let after = 0
  for (;;) {
    const rows = await sealedAfter(db, workspace, after)
    yield* rows.map(chainRow)
    if (rows.length < batchSize) break
    after = rows.at(-1)?.sequence ?? after
    await new Promise((resolve) => setImmediate(resolve))
  }
  let position = 0
  for (;;) {
    const rows = await unsealedAfter(db, workspace, position)
    yield* rows.map(chainRow)
    if (rows.length < batchSize) return
    position = rows.at(-1)?.position ?? position
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A record with its payload's columns, null where there is no payload. */
export type JoinedRow = RecordRow & { [K in 'salt' | 'before' | 'after']: PayloadRow[K] | null }

function joined(db: Db, workspace: string) {
  return tables<AuditTables>(db)
    .selectFrom('audit_record')
    .leftJoin('audit_payload', 'audit_payload.record_id', 'audit_record.id')
    .selectAll('audit_record')
    .select(['audit_payload.salt', 'audit_payload.before', 'audit_payload.after'])
    .where('audit_record.workspace', '=', workspace)
    .limit(batchSize)
}

function sealedAfter(db: Db, workspace: string, sequence: number): Promise<JoinedRow[]> {
  return joined(db, workspace).where('sequence', '>', sequence).orderBy('sequence').execute()
}

function unsealedAfter(db: Db, workspace: string, position: number): Promise<JoinedRow[]> {
  return joined(db, workspace)
    .where('sequence', 'is', null)
    .where('position', '>', position)
    .orderBy('position')
    .execute()
}

/** A stored row as the verifier and an export know it. */
export function chainRow(row: JoinedRow): ChainRow {
  return {
    id: row.id,
    workspace: row.workspace,
    sequence: row.sequence,
    atMs: row.at_ms,
    actor: { id: row.actor_id, kind: row.actor_kind, name: row.actor_name },
    action: row.action,
    object: { kind: row.object_kind, id: row.object_id },
    reason: row.reason,
    requestId: row.request_id,
    beforeDigest: row.before_digest,
    afterDigest: row.after_digest,
    digest: row.digest,
    chainHash: row.chain_hash,
    payload: row.salt === null ? null : { salt: row.salt, before: row.before, after: row.after },
  }
}
