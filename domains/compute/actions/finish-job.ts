import { ref } from '@millrace/contract'
import { checkFence } from '../model/job.ts'
import { showJob } from '../model/show-job.ts'
import * as contract from '../model/worker-contract.ts'
import { action } from '../store/compute-store.ts'
import { endAttempt } from './end-attempt.ts'

/** Takes the result of the current attempt. Throws `compute/stale-fence` for that of an earlier one. */
export const finishJob = action(contract.finishJob, async ({ store, input, nowMs }) => {
  const job = await store.jobs.read(input.id)
  checkFence(job, input.fence)
  const { ended, event } = await endAttempt(store, job, input.end, nowMs)
  return {
    answer: showJob(ended),
    events: [event],
    audit: { object: ref('job', job.id), before: { state: job.state }, after: showJob(ended) },
  }
})
