import { Done, endpoint, id, Name, ref } from '@millrace/contract'
import { z } from 'zod'
import { Job, problem, Resources } from '../contract.ts'

// What the domain says to itself and to later domains in process: these endpoints have no address of their own.

const jobOf = (input: { id: string }) => ref('job', input.id)

export const submitJob = endpoint({
  name: 'compute.submit-job',
  method: 'POST',
  path: '/in-process/jobs',
  summary: 'Queues a piece of work',
  needs: { permission: 'compute:write' },
  input: z.object({
    kind: z.string().min(1).max(128),
    name: z.string().min(1).max(512),
    queue: Name.default('default'),
    resources: Resources.prefault({}),
    entry: z.string().min(1).max(128),
    input: z.json(),
    scopes: z.array(z.string()).default([]),
    timeoutMs: z.int().min(1).nullable().default(null),
    group: z.string().max(256).default(''),
    priority: z.int().min(-1000).max(1000).default(0),
    maxCrashes: z.int().min(0).max(100).default(5),
    notBeforeMs: z.int().min(0).default(0),
  }),
  output: Job,
  problems: [problem['no-such-queue']],
  status: 201,
})

/** What a worker needs to start an attempt. */
export const Assignment = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  attempt: z.int(),
  fence: z.string(),
  cpu: z.number(),
  memoryMb: z.int(),
  entry: z.string(),
  input: z.json(),
  scopes: z.array(z.string()),
  timeoutMs: z.int().nullable(),
})
export type Assignment = z.output<typeof Assignment>

const Share = z.object({ cpu: z.number(), memoryMb: z.number() })

export const claimJobs = endpoint({
  name: 'compute.claim-jobs',
  method: 'POST',
  path: '/in-process/claims',
  summary: 'Gives waiting jobs that fit to a worker',
  needs: { permission: 'compute:administer' },
  input: z.object({ worker: z.string(), capacity: Share, free: Share, leaseMs: z.int() }),
  output: z.object({ assignments: z.array(Assignment) }),
})

const Fenced = z.object({ id: id('job'), fence: z.string() })

export const startJob = endpoint({
  name: 'compute.start-job',
  method: 'POST',
  path: '/in-process/jobs/{id}/start',
  summary: 'Says that an attempt runs',
  needs: { permission: 'compute:administer', on: jobOf },
  input: Fenced,
  output: Job,
  problems: [problem['stale-fence']],
})

export const End = z.object({
  state: z.enum(['succeeded', 'failed', 'crashed', 'cancelled', 'timed_out']),
  exitCode: z.int().nullable().default(null),
  reason: z.string().max(20_000).nullable().default(null),
  answer: z.json().default(null),
})

export const finishJob = endpoint({
  name: 'compute.finish-job',
  method: 'POST',
  path: '/in-process/jobs/{id}/finish',
  summary: 'Says how an attempt ended; a crash is tried again while the budget lasts',
  needs: { permission: 'compute:administer', on: jobOf },
  input: Fenced.extend({ end: End }),
  output: Job,
  problems: [problem['stale-fence']],
})

export const releaseJob = endpoint({
  name: 'compute.release-job',
  method: 'POST',
  path: '/in-process/jobs/{id}/release',
  summary: 'Puts a live job back into its queue, since its worker stops',
  needs: { permission: 'compute:administer', on: jobOf },
  input: Fenced.extend({ reason: z.string() }),
  output: Job,
  problems: [problem['stale-fence']],
})

export const renewLeases = endpoint({
  name: 'compute.renew-leases',
  method: 'POST',
  path: '/in-process/leases',
  summary: 'Says that a worker lives; answers which of its attempts are to end',
  needs: { permission: 'compute:administer' },
  input: z.object({ worker: z.string(), fences: z.array(z.string()), leaseMs: z.int() }),
  output: z.object({ lost: z.array(z.string()), cancelled: z.array(z.string()) }),
})

export const recoverJobs = endpoint({
  name: 'compute.recover-jobs',
  method: 'POST',
  path: '/in-process/recoveries',
  summary: 'Marks the attempts of workers that are gone as crashed',
  needs: { permission: 'compute:administer' },
  // `everyOther`: no other worker can be alive (the embedded store has one process), so no lease is waited for.
  input: z.object({ worker: z.string(), everyOther: z.boolean() }),
  output: z.object({ recovered: z.array(z.string()) }),
})

export const reportProgress = endpoint({
  name: 'compute.report-progress',
  method: 'POST',
  path: '/in-process/jobs/{id}/progress',
  summary: 'Keeps what an attempt says of itself',
  needs: { permission: 'compute:administer', on: jobOf },
  input: Fenced.extend({ fraction: z.number().min(0).max(1), text: z.string().max(500) }),
  output: Done,
})

/** What a job answered, for the domain that submitted it. */
export const readOutcome = endpoint({
  name: 'compute.read-outcome',
  method: 'GET',
  path: '/in-process/jobs/{id}/outcome',
  summary: 'Reads how a job ended and what it answered',
  needs: { permission: 'compute:read', on: jobOf },
  input: z.object({ id: id('job') }),
  output: z.object({ job: Job, answer: z.json() }),
  problems: [problem['no-such-job']],
})
