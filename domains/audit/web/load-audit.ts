import type { Api } from '@millrace/ui/data'

export interface AuditRow {
  id: string
  /** Null until the sealer has linked it. */
  sequence: number | null
  atMs: number
  actor: { name: string; machine: boolean }
  did: string
  to: { name: string; href: string | null }
  reason: string | null
  hash: string | null
}

export interface AuditView {
  items: readonly AuditRow[]
  total: number
  chain: { ok: boolean; length: number; head: string; unsealed: number; firstBad: number | null; tookMs: number | null }
}

export const auditTopics = ['audit'] as const

export function loadAudit(api: Api, q: string, signal: AbortSignal): Promise<AuditView> {
  return api.get<AuditView>('views/audit', { query: { q: q === '' ? undefined : q }, signal })
}
