import type { JobState } from '../contract.ts'

/** The tables of compute. JSON is text; booleans are 0 and 1. */
export interface ComputeTables {
  compute_queue: { workspace: string; name: string; spec: string; created_at_ms: number; updated_at_ms: number }
  compute_job: {
    workspace: string
    id: string
    kind: string
    name: string
    queue: string
    share_group: string
    priority: number
    cpu: number
    memory_mb: number
    state: JobState
    entry: string
    input: string
    scopes: string
    timeout_ms: number | null
    attempt: number
    crashes: number
    max_crashes: number
    fence: string | null
    worker: string | null
    lease_until_ms: number
    not_before_ms: number
    cancel_requested: number
    answer: string
    exit_code: number | null
    reason: string | null
    progress: string | null
    submitted_by: string
    submitted_at_ms: number
    started_at_ms: number | null
    ended_at_ms: number | null
  }
  compute_attempt: {
    workspace: string
    job_id: string
    number: number
    fence: string
    worker: string
    state: JobState
    started_at_ms: number
    ended_at_ms: number | null
    exit_code: number | null
    reason: string | null
  }
  compute_code_version: {
    workspace: string
    id: string
    git_commit: string | null
    dirty: number
    patch_digest: string | null
    files_digest: string
    root: string
    entry: string
    created_at_ms: number
  }
}

export type JobRow = ComputeTables['compute_job']
