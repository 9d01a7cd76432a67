import * as contract from '../model/worker-contract.ts'
import { action } from '../store/compute-store.ts'

/** Prolongs a worker's leases. A lease is no state of the job, so nothing is written into the audit. */
export const renewLeases = action(contract.renewLeases, async ({ store, input, nowMs }) => {
  const { worker, fences, leaseMs } = input
  if (fences.length > 0) await store.jobs.renew(worker, fences, nowMs + leaseMs)
  const live = new Map((await store.jobs.live()).map((job) => [job.fence, job]))
  const lost = fences.filter((fence) => !live.has(fence))
  return {
    answer: { lost, cancelled: fences.filter((fence) => live.get(fence)?.cancelRequested === true) },
    audit: 'unchanged',
  }
})
