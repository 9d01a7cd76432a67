import { ref } from '@millrace/contract'
import { jobStarted } from '../contract.ts'
import { checkFence, move } from '../model/job.ts'
import { showJob } from '../model/show-job.ts'
import * as contract from '../model/worker-contract.ts'
import { action } from '../store/compute-store.ts'

/** Says that an attempt's process runs. */
export const startJob = action(contract.startJob, async ({ store, input }) => {
  const job = await store.jobs.read(input.id)
  checkFence(job, input.fence)
  const running = move(job, 'running')
  await store.jobs.save(running)
  await store.attempts.set(running, { state: 'running' })
  const { id, kind, name, attempt } = running
  return {
    answer: showJob(running),
    events: [jobStarted({ id, kind, name, attempt })],
    audit: { object: ref('job', id), before: { state: job.state }, after: { state: running.state } },
  }
})
