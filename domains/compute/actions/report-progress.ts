import { ref } from '@millrace/contract'
import { checkFence } from '../model/job.ts'
import * as contract from '../model/worker-contract.ts'
import { ingest } from '../store/compute-store.ts'

/** Keeps the newest word of an attempt about itself. */
export const reportProgress = ingest(contract.reportProgress, async ({ store, input }) => {
  const job = await store.jobs.read(input.id)
  checkFence(job, input.fence)
  await store.jobs.save({ ...job, progress: { fraction: input.fraction, text: input.text } })
  return { answer: {}, counted: { source: ref('job', input.id), rows: 1 } }
})
