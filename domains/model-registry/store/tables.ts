/** The tables of the model registry. JSON columns are text. */
export interface RegistryTables {
  model_registry_model: {
    workspace: string
    id: string
    name: string
    kind: string
    created_by: string
    /** JSON of `ModelSpec`. */
    spec: string
    /** The highest number given out; numbers are never given twice. */
    last_version: number
    created_at_ms: number
    updated_at_ms: number
  }
  model_registry_version: {
    workspace: string
    id: string
    model_id: string
    version: number
    state: string
    stage: string
    source: string
    storage_uri: string | null
    run_link: string
    approval: string
    run_id: string | null
    logged_model_id: string | null
    artifact_path: string
    model_file: string | null
    format: string
    digest: string
    size_bytes: number
    /** JSON of `Signature`. */
    signature: string | null
    description: string
    /** JSON object. */
    tags: string
    derived_from: string | null
    created_at_ms: number
    updated_at_ms: number
    created_by: string
  }
  model_registry_alias: { workspace: string; model_id: string; alias: string; version: number }
  model_registry_alias_move: {
    workspace: string
    model_id: string
    alias: string
    /** Counts the moves of this alias from 1. */
    position: number
    from_version: number | null
    to_version: number | null
    from_version_id: string | null
    to_version_id: string | null
    at_ms: number
    by_id: string
    by_name: string
    reason: string | null
  }
  model_registry_evidence: {
    workspace: string
    id: string
    version_id: string
    kind: string
    dataset_version_id: string | null
    /** JSON of the metrics, and of `comparedWith`. */
    metrics: string
    compared_with: string | null
    verdict: string
    sentence: string
    /** JSON object. */
    details: string | null
    run_id: string | null
    created_at_ms: number
    created_by: string
  }
  /** The tags of `model_registry_model.spec` and `model_registry_version.tags` once more, to be searched. */
  model_registry_model_tag: { workspace: string; model_id: string; key: string; value: string }
  model_registry_version_tag: { workspace: string; version_id: string; key: string; value: string }
  model_registry_change: {
    workspace: string
    id: string
    model_id: string
    kind: string
    version: number | null
    subject: string
    from_value: string | null
    to_value: string | null
    at_ms: number
    by_id: string
    by_name: string
    reason: string | null
  }
}
