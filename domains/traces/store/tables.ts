/** The tables of traces. JSON columns are text, booleans 0 and 1. */
export interface TraceTables {
  traces_trace: {
    workspace: string
    id: string
    experiment: number
    /** What the trace was named; `root_name` is its first span's own name. */
    name: string | null
    root_name: string | null
    state: string
    started_at_ms: number
    duration_ms: number | null
    client_request_id: string | null
    request_preview: string | null
    response_preview: string | null
    session_id: string | null
    /** 1 once the client said what the trace is: spans then fill only what it left open. */
    finalized: number
    input_tokens: number | null
    output_tokens: number | null
    total_tokens: number | null
    cache_read_tokens: number | null
    cache_creation_tokens: number | null
  }
  traces_span: {
    workspace: string
    trace_id: string
    id: string
    parent_id: string | null
    name: string
    type: string | null
    status: string
    started_at_us: number
    ended_at_us: number | null
    model_name: string | null
    model_provider: string | null
    input_cost: number | null
    output_cost: number | null
    total_cost: number | null
    /** JSON of `Span`. */
    content: string
  }
  /** `kind` is tag, metadata, run (key: its id) or prompt (key: name/version). */
  traces_label: { workspace: string; trace_id: string; kind: string; key: string; value: string; head: string }
  traces_assessment: {
    workspace: string
    trace_id: string
    id: string
    kind: string
    name: string
    /** JSON. */
    value: string
    /** What an average takes: a number, or 1 and 0 for yes and no. */
    number: number | null
    is_number: number
    error: string | null
    source_type: string
    source_id: string
    span_id: string | null
    rationale: string | null
    overrides: string | null
    valid: number
    metadata: string
    of_session: number
    created_at_ms: number
    updated_at_ms: number
  }
  traces_evaluation_dataset: {
    workspace: string
    id: string
    name: string
    digest: string
    schema: string | null
    /** How many records there are. */
    records: number
    tags: string
    created_at_ms: number
    updated_at_ms: number
    created_by: string | null
    updated_by: string | null
  }
  traces_evaluation_experiment: { workspace: string; dataset_id: string; experiment: string }
  traces_evaluation_record: {
    workspace: string
    dataset_id: string
    id: string
    input_hash: string
    /** JSON of what the record holds beside its times. */
    content: string
    created_at_ms: number
    updated_at_ms: number
  }
  traces_scorer: {
    workspace: string
    id: string
    experiment: number
    name: string
    /** JSON of how live traces are sampled for it. */
    sampling: string | null
  }
  traces_scorer_version: {
    workspace: string
    scorer_id: string
    version: number
    serialized: string
    created_at_ms: number
  }
}
