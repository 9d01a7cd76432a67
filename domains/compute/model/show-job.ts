import type { Job } from '../contract.ts'
import type { JobRecord } from './job.ts'

/** A job as the world sees it. */
export function showJob(job: JobRecord): Job {
  const { id, kind, name, queue, cpu, memoryMb, state, attempt, exitCode, reason, progress, cancelRequested } = job
  const { submittedBy, submittedAtMs, startedAtMs, endedAtMs } = job
  return {
    id,
    kind,
    name,
    queue,
    resources: {
      cpu,
      memoryMb,
    },
    state,
    attempt,
    exitCode,
    reason,
    progress,
    cancelRequested,
    submittedBy,
    submittedAtMs,
    startedAtMs,
    endedAtMs,
  }
}
