import type { Generated } from 'kysely'

/** The tables of experiments and runs. JSON columns are text, booleans 0 and 1. */
export interface TrackingTables {
  experiment_tracking_experiment: {
    workspace: string
    number: number
    name: string
    description: string
    artifact_root: string
    created_at_ms: number
    updated_at_ms: number
    deleted_at_ms: number | null
  }
  experiment_tracking_experiment_tag: { workspace: string; experiment: number; key: string; value: string }
  experiment_tracking_run: {
    workspace: string
    id: string
    experiment: number
    name: string
    status: string
    started_at_ms: number | null
    ended_at_ms: number | null
    created_at_ms: number
    created_by: string
    parent_run_id: string | null
    /** JSON of `RunCode`. */
    code: string | null
    deleted_at_ms: number | null
  }
  experiment_tracking_param: { workspace: string; run_id: string; key: string; value: string }
  experiment_tracking_tag: { workspace: string; run_id: string; key: string; value: string }
  /** One row per run and key: the series' number and what is known of it without its points. NULL values are NaN. */
  experiment_tracking_metric: {
    series: Generated<number>
    workspace: string
    run_id: string
    key: string
    points: number
    last_value: number | null
    last_step: number
    last_at_ms: number
    min_value: number | null
    max_value: number | null
  }
  /** The points of all series, clustered by series and step. It has no workspace: a series is reached through its metric alone. */
  experiment_tracking_point: { series: number; step: number; at_ms: number; value: number; is_nan: number }
  experiment_tracking_input: {
    workspace: string
    run_id: string
    name: string
    digest: string
    context: string
    version_id: string | null
    /** JSON of what the client said, for data that is not ours. */
    details: string
  }
  experiment_tracking_artifact: {
    workspace: string
    owner_kind: string
    owner_id: string
    path: string
    digest: string
    size_bytes: number
    at_ms: number
  }
  experiment_tracking_logged_model: {
    workspace: string
    id: string
    experiment: number
    name: string
    run_id: string | null
    status: string
    type: string
    /** JSON objects. */
    params: string
    tags: string
    created_at_ms: number
    updated_at_ms: number
  }
}
