/** Access's own tables. Times are epoch milliseconds. `number` is for protocols that count; it is unique in its table. */
export interface AccessTables {
  access_workspace: { workspace: string; created_at_ms: number; description: string; artifact_root: string | null }
  access_user: {
    workspace: string
    id: string
    kind: 'user' | 'service'
    name: string
    created_at_ms: number
    disabled_at_ms: number | null
    number: number
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
    last_used_at_ms: number | null
  }
  /** `permissions` is JSON. Built-in roles have no row. */
  access_role: { workspace: string; name: string; description: string; permissions: string; updated_at_ms: number }
  /** `user_id` is an account's or a group's. */
  access_grant: {
    workspace: string
    id: string
    user_id: string
    role: string
    on_kind: string
    on_id: string
    effect: 'allow' | 'deny'
    created_at_ms: number
    number: number
  }
  /** `hash` is a PHC string. */
  access_password: { workspace: string; user_id: string; hash: string; changed_at_ms: number }
  /** Hashes as those of tokens. The previous secret opens for a moment after a rotation. */
  access_session: {
    workspace: string
    id: string
    user_id: string
    hash: string
    previous_hash: string | null
    rotated_at_ms: number
    created_at_ms: number
    last_used_at_ms: number
    expires_at_ms: number
    method: 'password' | 'oidc'
    client: string
  }
  access_identity: { workspace: string; issuer: string; subject: string; user_id: string; created_at_ms: number }
  access_group: {
    workspace: string
    id: string
    number: number
    name: string
    description: string
    created_at_ms: number
  }
  access_member: { workspace: string; group_id: string; user_id: string; number: number; created_at_ms: number }
  access_limit: {
    workspace: string
    user_id: string
    requests_per_second: number | null
    burst: number | null
    body_bytes: number | null
  }
}
