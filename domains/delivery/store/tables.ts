/** The tables of delivery. JSON columns are text; the columns beside them are what is searched by. */
export interface DeliveryTables {
  delivery_policy: {
    workspace: string
    name: string
    /** JSON of `ReleasePolicySpec`. */
    spec: string
    /** Until when its cron triggers were looked at. */
    cron_checked_at_ms: number
    created_at_ms: number
    updated_at_ms: number
  }
  delivery_release: {
    workspace: string
    id: string
    policy: string
    /** Counts the releases of a policy from 1. */
    number: number
    state: string
    /** 1 while something is still to come of it by itself. */
    open: number
    suppressed: number
    endpoint: string
    pipeline_run_id: string | null
    version_id: string | null
    approval_id: string | null
    rollout_id: string | null
    deployment_id: string | null
    /** JSON of `Release`. */
    body: string
    created_at_ms: number
    updated_at_ms: number
  }
  /** What became of each trigger, so that one that is delivered twice acts once. */
  delivery_trigger: {
    workspace: string
    policy: string
    key: string
    release_id: string
    at_ms: number
  }
}
