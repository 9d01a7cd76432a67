import { endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { z } from 'zod'

/** What a job asks of the machine that runs it. One `cpu` is one core; memory is in MiB. Used to admit, not to limit. */
export const Resources = z.object({
  cpu: z.number().min(0.01).max(4096).default(1),
  memoryMb: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024)
    .default(256),
})
export type Resources = z.output<typeof Resources>

/** The life of a job. `failed` is the user's code, `crashed` the infrastructure under it. */
export const JobState = z.enum([
  'queued',
  'admitted',
  'starting',
  'running',
  'succeeded',
  'failed',
  'crashed',
  'cancelled',
  'timed_out',
])
export type JobState = z.infer<typeof JobState>

/** One try at a job. A job has a second one only after the infrastructure failed it. */
export const JobAttempt = z.object({
  number: z.int(),
  state: JobState,
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
})
export type JobAttempt = z.infer<typeof JobAttempt>

/** A piece of user work: a pipeline step, a trial, a batch of predictions. `attempt` counts from 1; 0 before the first. */
export const Job = z.object({
  id: id('job'),
  kind: z.string(),
  name: z.string(),
  queue: z.string(),
  resources: z.object({ cpu: z.number(), memoryMb: z.int() }),
  state: JobState,
  attempt: z.int(),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  /** What the job last said of itself; `fraction` is 0 to 1. */
  progress: z.object({ fraction: z.number(), text: z.string() }).nullable(),
  cancelRequested: z.boolean(),
  submittedBy: z.string(),
  submittedAtMs: EpochMs,
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
})
export type Job = z.input<typeof Job>

/** A queue shares out the machine: at most so many cores, MiB and jobs of it run at once; 0 sets no limit. */
export const QueueSpec = z.object({
  cpu: z.number().min(0).default(0),
  memoryMb: z.int().min(0).default(0),
  maxJobs: z.int().min(0).default(0),
  /** Added to the priority of its jobs; the higher runs first. */
  priority: z.int().min(-1000).max(1000).default(0),
})
export type QueueSpec = z.output<typeof QueueSpec>

export const Queue = z.object({
  name: z.string(),
  spec: QueueSpec,
  queued: z.int(),
  running: z.int(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
})

/**
 * The code that something ran, by content. `filesDigest` covers the module and the local files it imports,
 * `patchDigest` what differs from the commit. `root` is where it was first seen and no part of its identity.
 */
export const CodeVersion = z.object({
  id: id('code-version'),
  gitCommit: z.string().nullable(),
  dirty: z.boolean(),
  patchDigest: z.string().nullable(),
  filesDigest: z.string(),
  root: z.string(),
  entry: z.string(),
  createdAtMs: EpochMs,
})
export type CodeVersion = z.input<typeof CodeVersion>

/** What tells one code version from another, as whoever captured it says it. */
export const CodeIdentity = z.object({
  gitCommit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .nullable()
    .default(null),
  dirty: z.boolean().default(false),
  patchDigest: z.string().max(128).nullable().default(null),
  filesDigest: z.string().min(1).max(128),
  root: z.string().max(4096),
  entry: z.string().min(1).max(4096),
})
export type CodeIdentity = z.output<typeof CodeIdentity>

/** One line of a job's log. `system` lines are Millrace's own. */
export const LogLine = z.object({ atMs: EpochMs, stream: z.enum(['out', 'err', 'system']), text: z.string() })
export type LogLine = z.infer<typeof LogLine>

/** Lines from a byte offset on. Ask again with `after: next`; when `ended`, nothing more will come. */
export const LogPage = z.object({ attempt: z.int(), lines: z.array(LogLine), next: z.int(), ended: z.boolean() })

/** Every way this domain says no. */
export const problem = problems('compute', {
  'no-such-job': { status: 404, say: (p: { id: string }) => `There is no job ${p.id}.` },
  'no-such-queue': {
    status: 404,
    say: (p: { name: string }) =>
      `There is no queue "${p.name}". Declare it with PUT /queues/${p.name}, or use "default".`,
  },
  'no-such-code-version': { status: 404, say: (p: { id: string }) => `There is no code version ${p.id}.` },
  'illegal-transition': {
    status: 409,
    say: (p: { id: string; state: string; wanted: string; allowed: string }) =>
      `The job ${p.id} is ${p.state} and cannot become ${p.wanted}; from here it may become ${p.allowed}.`,
  },
  'stale-fence': {
    status: 409,
    say: (p: { id: string }) =>
      `This attempt of the job ${p.id} is not its current one any more; what it brings is not taken.`,
  },
})

const job = (input: { id: string }) => ref('job', input.id)
const JobId = z.object({ id: id('job') })

export const listJobs = endpoint({
  name: 'compute.list-jobs',
  method: 'GET',
  path: '/jobs',
  summary: 'Lists jobs, newest first',
  needs: { permission: 'compute:read' },
  input: PageQuery.extend({
    state: JobState.optional(),
    kind: z.string().max(128).optional(),
    queue: z.string().max(128).optional(),
  }),
  output: page(Job),
})

export const readJob = endpoint({
  name: 'compute.read-job',
  method: 'GET',
  path: '/jobs/{id}',
  summary: 'Reads a job with its attempts',
  needs: { permission: 'compute:read', on: job },
  input: JobId,
  output: Job.extend({ attempts: z.array(JobAttempt) }),
  problems: [problem['no-such-job']],
})

export const cancelJob = endpoint({
  name: 'compute.cancel-job',
  method: 'POST',
  path: '/jobs/{id}/cancel',
  summary: 'Asks a job to end; one that waits ends at once, one that has ended stays as it is',
  needs: { permission: 'compute:write', on: job },
  input: JobId.extend({ reason: z.string().max(1000).optional() }),
  output: Job,
  problems: [problem['no-such-job']],
})

/** Served by a route of its own: it reads files, and with `follow=true` (or `Accept: text/event-stream`) it streams. */
export const readJobLogs = endpoint({
  name: 'compute.read-job-logs',
  method: 'GET',
  path: '/jobs/{id}/logs',
  summary: 'Reads the log of an attempt from a byte offset on, or follows it as server-sent events',
  needs: { permission: 'compute:read', on: job },
  input: JobId.extend({
    attempt: z.coerce.number().int().min(1).optional(),
    after: z.coerce.number().int().min(0).default(0),
    follow: z.stringbool().default(false),
  }),
  output: LogPage,
  problems: [problem['no-such-job']],
})

export const putQueue = endpoint({
  name: 'compute.put-queue',
  method: 'PUT',
  path: '/queues/{name}',
  summary: 'Declares a queue and its limits',
  needs: { permission: 'compute:administer' },
  input: QueueSpec.extend({ name: Name }),
  output: Queue,
})

export const readQueue = endpoint({
  name: 'compute.read-queue',
  method: 'GET',
  path: '/queues/{name}',
  summary: 'Reads a queue and how full it is',
  needs: { permission: 'compute:read' },
  input: z.object({ name: Name }),
  output: Queue,
  problems: [problem['no-such-queue']],
})

export const listQueues = endpoint({
  name: 'compute.list-queues',
  method: 'GET',
  path: '/queues',
  summary: 'Lists the declared queues by name',
  needs: { permission: 'compute:read' },
  input: z.object({}),
  output: page(Queue),
})

export const recordCodeVersion = endpoint({
  name: 'compute.record-code-version',
  method: 'POST',
  path: '/code-versions',
  summary: 'Records which code something runs; the same content has the same id',
  needs: { permission: 'compute:write' },
  input: CodeIdentity,
  output: CodeVersion,
})

export const readCodeVersion = endpoint({
  name: 'compute.read-code-version',
  method: 'GET',
  path: '/code-versions/{id}',
  summary: 'Reads a code version',
  needs: { permission: 'compute:read', on: (input) => ref('code-version', input.id) },
  input: z.object({ id: id('code-version') }),
  output: CodeVersion,
  problems: [problem['no-such-code-version']],
})

const JobEvent = z.object({ id: z.string(), kind: z.string(), name: z.string(), attempt: z.int() })

export const jobSubmitted = event('compute.job.submitted', JobEvent)
export const jobStarted = event('compute.job.started', JobEvent)
export const jobCancelRequested = event('compute.job.cancel-requested', JobEvent)
/** An attempt was lost and the job waits for its next one. */
export const jobCrashed = event('compute.job.crashed', JobEvent.extend({ reason: z.string() }))
/** The job has ended for good. */
export const jobFinished = event(
  'compute.job.finished',
  JobEvent.extend({ state: JobState, exitCode: z.int().nullable(), reason: z.string().nullable() }),
)
