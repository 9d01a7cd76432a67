import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { showJob } from '../model/show-job.ts'
import * as workerContract from '../model/worker-contract.ts'
import { query } from '../store/compute-store.ts'

/** Jobs, newest first. */
export const listJobs = query(contract.listJobs, async ({ store, input }) => {
  const { limit, pageToken, state, kind, queue } = input
  const [submittedAtMs, id] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const before = typeof submittedAtMs === 'number' && typeof id === 'string' ? { submittedAtMs, id } : undefined
  const rows = await store.jobs.list({ limit: limit + 1, state, kind, queue, before })
  return pageOf(rows, limit, (job) => [job.submittedAtMs, job.id], showJob)
})

/** A job with its attempts. */
export const readJob = query(contract.readJob, async ({ store, input }) => {
  const job = await store.jobs.read(input.id)
  const attempts = await store.attempts.of(input.id)
  return {
    ...showJob(job),
    attempts: attempts.map((row) => ({
      number: row.number,
      state: row.state,
      startedAtMs: row.started_at_ms,
      endedAtMs: row.ended_at_ms,
      exitCode: row.exit_code,
      reason: row.reason,
    })),
  }
})

/** How a job ended, with its answer: for the domain that submitted it. */
export const readOutcome = query(workerContract.readOutcome, async ({ store, input }) => {
  const job = await store.jobs.read(input.id)
  return { job: showJob(job), answer: workerContract.readOutcome.output.shape.answer.parse(job.answer) }
})
