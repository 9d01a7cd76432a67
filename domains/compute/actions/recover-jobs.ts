import { ref } from '@millrace/contract'
import type { AuditEntry } from '@millrace/kernel'
import type { DomainEvent } from '@millrace/contract'
import { showJob } from '../model/show-job.ts'
import * as contract from '../model/worker-contract.ts'
import { action } from '../store/compute-store.ts'
import { endAttempt } from './end-attempt.ts'

/** Marks attempts whose worker is gone as crashed: those of a killed server, or whose lease has run out. */
export const recoverJobs = action(contract.recoverJobs, async ({ store, input, nowMs }) => {
  const events: DomainEvent[] = []
  const audit: AuditEntry[] = []
  for (const job of await store.jobs.live()) {
    const gone = job.worker !== input.worker && (input.everyOther || job.leaseUntilMs <= nowMs)
    if (!gone) continue
    const how = { state: 'crashed', exitCode: null, reason: 'The server that ran it ended.' } as const
    const { ended, event } = await endAttempt(store, job, how, nowMs)
    events.push(event)
    audit.push({ object: ref('job', job.id), before: { state: job.state, worker: job.worker }, after: showJob(ended) })
  }
  return { answer: { recovered: audit.map((entry) => entry.object.id) }, events, audit }
})
