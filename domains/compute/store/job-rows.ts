import type { JobRecord } from '../model/job.ts'
import type { JobRow } from './tables.ts'

/** A job as its row holds it, without the workspace. */
export function jobToRow(job: JobRecord): Omit<JobRow, 'workspace'> {
  const { id, kind, name, queue, priority, cpu, state, entry, attempt, crashes, fence, worker, reason } = job
  return {
    id,
    kind,
    name,
    queue,
    priority,
    cpu,
    state,
    entry,
    attempt,
    crashes,
    fence,
    worker,
    reason,
    share_group: job.group,
    memory_mb: job.memoryMb,
    input: JSON.stringify(job.input),
    scopes: JSON.stringify(job.scopes),
    timeout_ms: job.timeoutMs,
    max_crashes: job.maxCrashes,
    lease_until_ms: job.leaseUntilMs,
    not_before_ms: job.notBeforeMs,
    cancel_requested: job.cancelRequested ? 1 : 0,
    answer: JSON.stringify(job.answer),
    exit_code: job.exitCode,
    progress: job.progress === null ? null : JSON.stringify(job.progress),
    submitted_by: job.submittedBy,
    submitted_at_ms: job.submittedAtMs,
    started_at_ms: job.startedAtMs,
    ended_at_ms: job.endedAtMs,
  }
}

/** The inverse of `jobToRow`. */
export function jobOfRow(row: JobRow): JobRecord {
  const { id, kind, name, queue, priority, cpu, state, entry, attempt, crashes, fence, worker, reason } = row
  return {
    id,
    kind,
    name,
    queue,
    priority,
    cpu,
    state,
    entry,
    attempt,
    crashes,
    fence,
    worker,
    reason,
    group: row.share_group,
    memoryMb: row.memory_mb,
    input: JSON.parse(row.input) as unknown,
    scopes: JSON.parse(row.scopes) as string[],
    timeoutMs: row.timeout_ms,
    maxCrashes: row.max_crashes,
    leaseUntilMs: row.lease_until_ms,
    notBeforeMs: row.not_before_ms,
    cancelRequested: row.cancel_requested === 1,
    answer: JSON.parse(row.answer) as unknown,
    exitCode: row.exit_code,
    progress: row.progress === null ? null : (JSON.parse(row.progress) as JobRecord['progress']),
    submittedBy: row.submitted_by,
    submittedAtMs: row.submitted_at_ms,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }
}
