import type { DomainEvent } from '@millrace/contract'
import { jobCrashed, jobFinished } from '../contract.ts'
import type { JobEnd, JobRecord } from '../model/job.ts'
import { end, hasEnded } from '../model/job.ts'
import type { ComputeStore } from '../store/compute-store.ts'

/** Ends a job's current attempt and keeps both; tells what came of it and the event that says so. */
export async function endAttempt(
  store: ComputeStore,
  job: JobRecord,
  how: JobEnd,
  nowMs: number,
): Promise<{ ended: JobRecord; event: DomainEvent }> {
  const ended = end(job, how, nowMs)
  await store.jobs.save(ended)
  const { exitCode, reason } = how
  const state = hasEnded(ended.state) ? ended.state : how.state
  await store.attempts.set(job, { state, ended_at_ms: nowMs, exit_code: exitCode, reason })
  const { id, kind, name, attempt } = ended
  const event = hasEnded(ended.state)
    ? jobFinished({ id, kind, name, attempt, state: ended.state, exitCode, reason })
    : jobCrashed({ id, kind, name, attempt, reason: reason ?? 'unknown' })
  return { ended, event }
}
