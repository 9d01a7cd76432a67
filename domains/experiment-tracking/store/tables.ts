import type { Generated } from 'kysely'
import type { UploadTables } from '../artifacts/store/upload-tables.ts'
import type { RetentionTables } from '../retention/store/retention-tables.ts'
import type { LoggedModelTables } from './logged-models/logged-model-tables.ts'

/** The tables of experiments and runs. JSON columns are text, booleans 0 and 1. */
export interface TrackingTables extends LoggedModelTables, RetentionTables, UploadTables {
  experiment_tracking_experiment: {
    workspace: string
    number: number
    name: string
    description: string
    artifact_root: string
    created_at_ms: number
    updated_at_ms: number
    deleted_at_ms: number | null
    /** JSON of `Retention`. */
    retention: string | null
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
  /** One row per run and key: what is known of a series without its older points. Values that are NaN are NULL. */
  experiment_tracking_metric: {
    workspace: string
    run_id: string
    key: string
    experiment: number
    points: number
    finite_points: number
    is_nan: number
    sum_value: number | null
    first_value: number | null
    first_step: number | null
    first_step_low: number | null
    first_at_ms: number | null
    first_at_low: number | null
    last_value: number | null
    last_step: number | null
    last_step_low: number | null
    last_at_ms: number | null
    last_at_low: number | null
    min_value: number | null
    min_step: number | null
    max_value: number | null
    max_step: number | null
    chunks: number
    /** The newest points, as `model/series/point-codec.ts` writes them. */
    tail: Uint8Array | null
  }
  /** What was logged and is not merged yet: one row per request, as `model/series/metric-batch.ts` writes it. */
  experiment_tracking_log: {
    sequence: Generated<number>
    workspace: string
    experiment: number
    run_id: string
    at_ms: number
    points: Uint8Array
  }
  /** The older points of a series, in order of `position`; each chunk as `model/series/point-codec.ts` writes it. */
  experiment_tracking_chunk: {
    workspace: string
    run_id: string
    key: string
    position: number
    points: number
    first_step: number
    last_step: number
    first_at_ms: number
    last_at_ms: number
    data: Uint8Array
  }
  /** A run's params and tags as the text of answers; see `search/store/document-rows.ts`. */
  experiment_tracking_run_document: { workspace: string; run_id: string; params: string | null; tags: string | null }
  /** A run's latest metrics as UTF-8 JSON text: the members of MLflow's list `metrics`, by key. */
  experiment_tracking_run_metrics: { workspace: string; run_id: string; fragment: Uint8Array }
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
    /** -1 while it is written for the first time. */
    size_bytes: number
    at_ms: number
    /** Null for an artifact that is sure; see `artifacts/store/artifact-rows.ts`. */
    writing_until_ms: number | null
    writer: string | null
  }
  /** How runs came about. `recorded` is JSON of `RecordedProvenance`. */
  experiment_tracking_provenance: {
    workspace: string
    run_id: string
    recorded: string
    reproduces_run_id: string | null
  }
  /** Saved searches of runs. `spec` and `tree` are JSON. */
  experiment_tracking_run_view: {
    workspace: string
    name: string
    spec: string
    tree: string | null
    changed_by: string
    changed_at_ms: number
  }
  /** What was taken from other systems; see `store/imports/import-rows.ts`. */
  experiment_tracking_import: {
    workspace: string
    source: string
    kind: string
    source_id: string
    own_id: string
    state: string
    at_ms: number
  }
}
