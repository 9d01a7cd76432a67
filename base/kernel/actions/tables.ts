import type { Generated } from 'kysely'

/** The kernel's own tables: what every domain's act leaves beside its state. */
export interface KernelTables {
  kernel_event: {
    position: Generated<number>
    id: string
    workspace: string
    name: string
    subject: string
    payload: string
    at_ms: number
  }
  kernel_delivery: {
    event_id: string
    position: number
    subscriber: string
    subject: string
    state: 'pending' | 'dead'
    attempts: number
    next_at_ms: number
    lease_until_ms: number
    error: string | null
  }
  kernel_idempotency: {
    workspace: string
    principal: string
    route: string
    key: string
    body_digest: string
    answer: string
    at_ms: number
  }
  kernel_hold: {
    workspace: string
    kind: string
    id: string
    holder_kind: string
    holder_id: string
    reason: string
    at_ms: number
  }
  kernel_ingest_count: {
    workspace: string
    source_kind: string
    source_id: string
    action: string
    actor_id: string
    minute: number
    rows: number
    requests: number
    digest: string
  }
  kernel_chore: { name: string; holder: string; lease_until_ms: number; last_run_at_ms: number }
}
