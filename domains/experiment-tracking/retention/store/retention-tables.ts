/** The tables of what is forgotten and what is limited. */
export interface RetentionTables {
  /** Owners of artifacts that are forgotten and whose bytes below `root` are still there. */
  experiment_tracking_purge: {
    workspace: string
    owner_kind: string
    owner_id: string
    root: string
    bytes: number
    at_ms: number
  }
  /** Numbers of experiments that are gone: grants and clients may still name them, so nobody gets them again. */
  experiment_tracking_retired_number: { workspace: string; number: number }
  /** `spec` is JSON of `Quota`. */
  experiment_tracking_quota: { workspace: string; spec: string }
  /** Points by day, counted from 1970-01-01 in UTC; written every few seconds. */
  experiment_tracking_points_day: { workspace: string; day: number; points: number }
}
