/** The tables of governance. JSON columns are text; the columns beside them are what is searched by. */
export interface GovernanceTables {
  governance_policy: {
    workspace: string
    name: string
    /** JSON of `PolicySpec`. */
    spec: string
    created_at_ms: number
    updated_at_ms: number
  }
  governance_gate: {
    workspace: string
    id: string
    version_id: string
    /** Counts the gates of a version from 1; the greatest is in force. */
    number: number
    policy: string
    verdict: string
    /** JSON of `Gate`. */
    body: string
    evaluated_at_ms: number
  }
  governance_override: {
    workspace: string
    id: string
    version_id: string
    check_name: string
    reason: string
    by_name: string
    at_ms: number
  }
  governance_approval: {
    workspace: string
    id: string
    version_id: string
    state: string
    /** JSON of `Approval`. */
    body: string
    requested_at_ms: number
    expires_at_ms: number | null
  }
  governance_card: {
    workspace: string
    id: string
    version_id: string
    approval_id: string
    digest: string
    /** JSON of `ModelCard`, as it stood at the approval. */
    body: string
    at_ms: number
  }
  /** Labels of figures that cards have shown, so that one whose evidence is gone reads "not measured". */
  governance_figure: { workspace: string; version_id: string; label: string }
}
