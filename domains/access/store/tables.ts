/** Access's own tables. Times are epoch milliseconds. */
export interface AccessTables {
  access_workspace: { workspace: string; created_at_ms: number }
  access_user: {
    workspace: string
    id: string
    kind: 'user' | 'service'
    name: string
    created_at_ms: number
    disabled_at_ms: number | null
  }
  /** `hash` is the SHA-256 of the secret in hex; `scopes` is JSON or null. */
  access_token: {
    workspace: string
    id: string
    user_id: string
    name: string
    hash: string
    scopes: string | null
    created_at_ms: number
    expires_at_ms: number | null
    revoked_at_ms: number | null
  }
  /** `permissions` is JSON. Built-in roles have no row. */
  access_role: { workspace: string; name: string; description: string; permissions: string; updated_at_ms: number }
  access_grant: {
    workspace: string
    id: string
    user_id: string
    role: string
    on_kind: string
    on_id: string
    effect: 'allow' | 'deny'
    created_at_ms: number
  }
}
