/** The tables of collaboration. JSON columns are text; sealed columns hold what `runtime.secrets.seal` made. */
export interface CollaborationTables {
  collaboration_webhook: {
    workspace: string
    id: string
    name: string
    description: string
    url: string
    /** JSON list of event names. */
    events: string
    format: string
    active: number
    sealed_secret: string | null
    created_at_ms: number
    updated_at_ms: number
    created_by: string
  }
  collaboration_channel: {
    workspace: string
    name: string
    kind: string
    target: string
    signed: number
    /** JSON of `ChannelSpec`, sealed. */
    sealed_spec: string
    created_at_ms: number
    updated_at_ms: number
    created_by: string
  }
  collaboration_rule: {
    workspace: string
    name: string
    /** JSON of `RuleSpec`. */
    spec: string
    created_at_ms: number
    updated_at_ms: number
    created_by: string
  }
  collaboration_delivery: {
    workspace: string
    id: string
    target_kind: string
    target_id: string
    /** What makes a delivery to one target the same: an event's id, and which of its parts. */
    event_key: string
    event: string
    body: string
    state: string
    attempts: number
    next_at_ms: number
    lease_until_ms: number
    status: number | null
    error: string | null
    created_at_ms: number
    ended_at_ms: number | null
  }
  collaboration_comment: {
    workspace: string
    id: string
    on_kind: string
    on_id: string
    text: string
    /** JSON list of account ids. */
    mentions: string
    in_reply_to: string | null
    created_by: string
    created_by_name: string
    created_at_ms: number
    edited_at_ms: number | null
  }
  collaboration_notice: {
    workspace: string
    id: string
    for_user: string
    kind: string
    about_kind: string
    about_id: string
    sentence: string
    /** What makes two notices to one account the same. */
    event_key: string
    created_at_ms: number
    read_at_ms: number | null
  }
  collaboration_wish: {
    workspace: string
    user_id: string
    /** JSON list of kinds of notices. */
    wants: string
  }
  collaboration_view: {
    workspace: string
    page: string
    name: string
    search: string
    created_by: string
    created_at_ms: number
    updated_at_ms: number
  }
}
