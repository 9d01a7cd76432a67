/** The tables of logged models. JSON columns are text. */
export interface LoggedModelTables {
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
    deleted_at_ms: number | null
  }
  /** A NULL value is NaN. */
  experiment_tracking_logged_model_metric: {
    workspace: string
    model_id: string
    key: string
    at_ms: number
    step: number
    run_id: string
    value: number | null
    dataset_name: string | null
    dataset_digest: string | null
  }
  /** Models that runs took (`input`) and made (`output`). */
  experiment_tracking_model_link: {
    workspace: string
    run_id: string
    role: string
    model_id: string
    step: number
  }
}
