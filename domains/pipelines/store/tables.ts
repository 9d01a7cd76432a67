import type { JobState } from '@millrace/compute/contract'
import type { RunState, StepState } from '../contract.ts'

/** The tables of pipelines. JSON is text; booleans are 0 and 1. */
export interface PipelinesTables {
  pipelines_pipeline: {
    workspace: string
    name: string
    spec: string
    version: number
    version_id: string
    code_id: string
    runs: number
    created_at_ms: number
    updated_at_ms: number
  }
  pipelines_version: {
    workspace: string
    id: string
    pipeline: string
    number: number
    module: string
    files_digest: string
    code_id: string
    graph: string
    parameters: string
    created_at_ms: number
    created_by: string
  }
  pipelines_run: {
    workspace: string
    id: string
    pipeline: string
    version_id: string
    version_number: number
    number: number
    state: RunState
    parameters: string
    trigger_kind: string
    trigger_id: string
    trigger_reason: string | null
    start_key: string | null
    use_cache: number
    cancel_requested: number
    outputs: string | null
    reason: string | null
    steps_left: number
    created_at_ms: number
    started_at_ms: number | null
    ended_at_ms: number | null
  }
  pipelines_step: {
    workspace: string
    id: string
    run_id: string
    name: string
    position: number
    plan: string
    state: StepState
    waits_for: number
    inputs: string | null
    outputs: string | null
    cached_from: string | null
    cache_reason: string | null
    cache_key: string | null
    reason: string | null
    started_at_ms: number | null
    ended_at_ms: number | null
  }
  /** One row per "after": `step` comes after `before` in this run. */
  pipelines_order: { workspace: string; run_id: string; before: string; step: string }
  pipelines_attempt: {
    workspace: string
    id: string
    step_id: string
    run_id: string
    number: number
    state: JobState
    job_id: string
    started_at_ms: number | null
    ended_at_ms: number | null
    reason: string | null
  }
  pipelines_cache: {
    workspace: string
    key: string
    pipeline: string
    step: string
    step_id: string
    run_number: number
    identity: string
    outputs: string
    created_at_ms: number
  }
  /** Which files a cached result holds, so that a lost file takes its results out of the cache. */
  pipelines_cache_file: { workspace: string; key: string; digest: string }
  pipelines_schedule: {
    workspace: string
    name: string
    spec: string
    next_at_ms: number | null
    last_due_at_ms: number | null
    created_at_ms: number
    updated_at_ms: number
  }
  pipelines_trigger: {
    workspace: string
    pipeline: string
    position: number
    event: string
    filter: string
    parameters: string
  }
}
