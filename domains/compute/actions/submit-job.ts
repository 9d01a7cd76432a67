import { ref } from '@millrace/contract'
import { jobSubmitted, problem } from '../contract.ts'
import type { JobRecord } from '../model/job.ts'
import { showJob } from '../model/show-job.ts'
import * as contract from '../model/worker-contract.ts'
import { action } from '../store/compute-store.ts'

/** Queues a piece of work for a registered entry. Called by later domains in their own transaction. */
export const submitJob = action(contract.submitJob, async ({ store, input, actor, nowMs, newId }) => {
  const { resources, queue, ...rest } = input
  if (queue !== 'default' && (await store.queues.find(queue)) === undefined)
    throw problem['no-such-queue']({ name: queue })
  const job: JobRecord = {
    ...rest,
    id: newId('job'),
    queue,
    cpu: resources.cpu,
    memoryMb: resources.memoryMb,
    state: 'queued',
    attempt: 0,
    crashes: 0,
    fence: null,
    worker: null,
    leaseUntilMs: 0,
    cancelRequested: false,
    answer: null,
    exitCode: null,
    reason: null,
    progress: null,
    submittedBy: actor.id,
    submittedAtMs: nowMs,
    startedAtMs: null,
    endedAtMs: null,
  }
  await store.jobs.add(job)
  const { id, kind, name, attempt } = job
  return {
    answer: showJob(job),
    events: [jobSubmitted({ id, kind, name, attempt })],
    audit: { object: ref('job', id), after: showJob(job) },
  }
})
