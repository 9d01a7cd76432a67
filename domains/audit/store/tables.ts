import type { Generated } from 'kysely'

/** Audit's own tables. Records are written once; the sealer fills `sequence` and `chain_hash`, nothing else changes. */
export interface AuditTables {
  audit_record: {
    /** The order in which records were written. */
    position: Generated<number>
    id: string
    workspace: string
    at_ms: number
    actor_id: string
    actor_kind: string
    actor_name: string
    action: string
    object_kind: string
    object_id: string
    reason: string | null
    request_id: string
    before_digest: string | null
    after_digest: string | null
    digest: string
    sequence: number | null
    chain_hash: string | null
  }
  /** Canonical JSON texts beside the chain; a row may be erased. */
  audit_payload: { workspace: string; record_id: string; salt: string; before: string | null; after: string | null }
}
