// What the model's page reads of governance, a later domain: the fields it shows, as that contract names them.

type Verdict = 'pass' | 'fail' | 'not_enough_evidence'

export interface GateSeen {
  verdict: Verdict
  policy: string
  overridden: boolean
  evaluatedAtMs: number
  checks: readonly {
    name: string
    verdict: Verdict
    sentence: string
    override: { by: string; reason: string } | null
  }[]
}

export interface ApprovalSeen {
  id: string
  state: 'requested' | 'approved' | 'rejected' | 'expired' | 'revoked'
  required: number
  automatic: boolean
  requestedByName: string
  versionBy: string
  decisions: readonly {
    byName: string
    decision: 'approved' | 'rejected' | 'revoked'
    reason: string | null
    atMs: number
  }[]
  sentence: string | null
}

export interface CardSeen {
  policy: string | null
  figures: readonly { label: string; value: string; evidenceId: string | null }[]
  gate: GateSeen | null
  approvals: readonly ApprovalSeen[]
}
