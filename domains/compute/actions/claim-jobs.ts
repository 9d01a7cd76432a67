import { ref } from '@millrace/contract'
import { chooseJobs } from '../model/choose-jobs.ts'
import type { QueueLimits } from '../model/choose-jobs.ts'
import type { JobRecord } from '../model/job.ts'
import { admit } from '../model/job.ts'
import { QueueSpec } from '../contract.ts'
import * as contract from '../model/worker-contract.ts'
import type { ComputeStore } from '../store/compute-store.ts'
import { action } from '../store/compute-store.ts'

/** Gives the jobs that fit to a worker, each as a new attempt with a fence of its own. */
export const claimJobs = action(contract.claimJobs, async ({ store, input, nowMs, newHexId }) => {
  const waiting = await store.jobs.waiting(nowMs)
  if (waiting.length === 0) return { answer: { assignments: [] }, audit: 'unchanged' }
  const { limits, priorities } = await readQueues(store)
  const chosen = chooseJobs({
    waiting: waiting.map((job) => ({ ...job, priority: job.priority + (priorities.get(job.queue) ?? 0) })),
    taken: await store.jobs.live(),
    queues: limits,
    capacity: input.capacity,
    free: input.free,
  })
  const byId = new Map(waiting.map((job) => [job.id, job]))
  const admitted: JobRecord[] = []
  for (const id of chosen) {
    const job = byId.get(id)
    if (job === undefined) continue
    const { worker, leaseMs } = input
    const taken = admit(job, { worker, fence: newHexId(), leaseUntilMs: nowMs + leaseMs, nowMs })
    await store.jobs.save(taken)
    await store.attempts.open(taken, nowMs)
    admitted.push(taken)
  }
  return {
    answer: { assignments: admitted.map(assignmentOf) },
    audit: admitted.map((job) => ({
      object: ref('job', job.id),
      after: { state: job.state, attempt: job.attempt, worker: job.worker },
    })),
  }
})

async function readQueues(store: ComputeStore) {
  const limits = new Map<string, QueueLimits>()
  const priorities = new Map<string, number>()
  for (const row of await store.queues.list()) {
    const spec = QueueSpec.parse(JSON.parse(row.spec))
    limits.set(row.name, spec)
    priorities.set(row.name, spec.priority)
  }
  return { limits, priorities }
}

function assignmentOf(job: JobRecord) {
  const { id, kind, name, attempt, cpu, memoryMb, entry, scopes, timeoutMs } = job
  const input = contract.Assignment.shape.input.parse(job.input)
  return {
    id,
    kind,
    name,
    attempt,
    fence: job.fence ?? '',
    cpu,
    memoryMb,
    entry,
    input,
    scopes: [...scopes],
    timeoutMs,
  }
}
