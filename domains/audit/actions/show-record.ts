import type { RecordRow } from '../store/records.ts'

/** A row as the API shows it. */
export function showRecord(row: RecordRow) {
  return {
    id: row.id,
    sequence: row.sequence,
    atMs: row.at_ms,
    actor: { id: row.actor_id, kind: row.actor_kind, name: row.actor_name },
    action: row.action,
    object: { kind: row.object_kind, id: row.object_id },
    ...(row.reason === null ? {} : { reason: row.reason }),
    requestId: row.request_id,
    digest: row.digest,
    chainHash: row.chain_hash,
  }
}
