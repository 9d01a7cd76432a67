import { ref } from '@millrace/contract'
import { jobSubmitted } from '../contract.ts'
import { checkFence, giveBack } from '../model/job.ts'
import { showJob } from '../model/show-job.ts'
import * as contract from '../model/worker-contract.ts'
import { action } from '../store/compute-store.ts'

/** Puts a live job back into its queue: its worker stops in good order, which is nobody's fault. */
export const releaseJob = action(contract.releaseJob, async ({ store, input, nowMs }) => {
  const job = await store.jobs.read(input.id)
  checkFence(job, input.fence)
  const queued = giveBack(job, input.reason)
  await store.jobs.save(queued)
  await store.attempts.set(job, { state: 'cancelled', ended_at_ms: nowMs, reason: input.reason })
  const { id, kind, name, attempt } = queued
  return {
    answer: showJob(queued),
    events: [jobSubmitted({ id, kind, name, attempt })],
    audit: {
      object: ref('job', id),
      before: { state: job.state },
      after: { state: queued.state },
      reason: input.reason,
    },
  }
})
