import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { hasEnded, requestCancel } from '../model/job.ts'
import { showJob } from '../model/show-job.ts'
import { action } from '../store/compute-store.ts'

/** Asks a job to end. Its worker hears the event and ends the process. */
export const cancelJob = action(contract.cancelJob, async ({ store, input, nowMs }) => {
  const job = await store.jobs.read(input.id)
  if (hasEnded(job.state) || job.cancelRequested) return { answer: showJob(job), audit: 'unchanged' }
  const asked = requestCancel(job, input.reason ?? 'cancelled', nowMs)
  await store.jobs.save(asked)
  const { id, kind, name, attempt, exitCode, reason } = asked
  const event = hasEnded(asked.state)
    ? contract.jobFinished({ id, kind, name, attempt, state: asked.state, exitCode, reason })
    : contract.jobCancelRequested({ id, kind, name, attempt })
  return {
    answer: showJob(asked),
    events: [event],
    audit: {
      object: ref('job', id),
      before: showJob(job),
      after: showJob(asked),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    },
  }
})
