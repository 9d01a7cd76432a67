import type { JobState } from '../contract.ts'
import { problem } from '../contract.ts'

/** A job as the rules see it. `fence` is the current attempt's; what comes with another is refused. */
export interface JobRecord {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly queue: string
  /** Jobs of one group share fairly with those of others (a pipeline run). */
  readonly group: string
  readonly priority: number
  readonly cpu: number
  readonly memoryMb: number
  readonly state: JobState
  /** The registered entry that does the work, and what it is given (plain JSON). */
  readonly entry: string
  readonly input: unknown
  readonly scopes: readonly string[]
  readonly timeoutMs: number | null
  readonly attempt: number
  readonly crashes: number
  readonly maxCrashes: number
  readonly fence: string | null
  readonly worker: string | null
  readonly leaseUntilMs: number
  readonly notBeforeMs: number
  readonly cancelRequested: boolean
  readonly answer: unknown
  readonly exitCode: number | null
  readonly reason: string | null
  readonly progress: { readonly fraction: number; readonly text: string } | null
  readonly submittedBy: string
  readonly submittedAtMs: number
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
}

/** How an attempt ended, as the executor saw it. */
export interface JobEnd {
  readonly state: 'succeeded' | 'failed' | 'crashed' | 'cancelled' | 'timed_out'
  readonly exitCode: number | null
  readonly reason: string | null
  /** What the work answered, when it succeeded (plain JSON). */
  readonly answer?: unknown
}

const next: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['admitted', 'cancelled'],
  admitted: ['starting', 'queued', 'crashed', 'cancelled'],
  starting: ['running', 'queued', 'failed', 'crashed', 'cancelled', 'timed_out'],
  running: ['succeeded', 'failed', 'crashed', 'cancelled', 'timed_out', 'queued'],
  succeeded: [],
  failed: [],
  crashed: [],
  cancelled: [],
  timed_out: [],
}

/** True when nothing more will happen to a job in this state. */
export function hasEnded(state: JobState): boolean {
  return next[state].length === 0
}

/** True while a job in this state holds its share of a machine. */
export function isLive(state: JobState): boolean {
  return state === 'admitted' || state === 'starting' || state === 'running'
}

/** Throws `compute/illegal-transition`. */
export function move(job: JobRecord, to: JobState): JobRecord {
  const allowed = next[job.state]
  if (allowed.includes(to)) return { ...job, state: to }
  const list = allowed.length === 0 ? 'nothing else, it has ended' : allowed.join(', ')
  throw problem['illegal-transition']({ id: job.id, state: job.state, wanted: to, allowed: list })
}

/** Throws `compute/stale-fence` unless the fence is that of the live attempt. */
export function checkFence(job: JobRecord, fence: string): void {
  if (job.fence !== fence || !isLive(job.state)) throw problem['stale-fence']({ id: job.id })
}

/** Gives the job to a worker: its share is taken and the attempt, with a fence of its own, is being started. */
export function admit(
  job: JobRecord,
  to: { worker: string; fence: string; leaseUntilMs: number; nowMs: number },
): JobRecord {
  const started = move(move(job, 'admitted'), 'starting')
  const { worker, fence, leaseUntilMs, nowMs } = to
  return {
    ...started,
    worker,
    fence,
    leaseUntilMs,
    attempt: job.attempt + 1,
    startedAtMs: job.startedAtMs ?? nowMs,
    progress: null,
  }
}

/** Ends the current attempt. A crash gives the job back to its queue while its budget for crashes lasts. */
export function end(job: JobRecord, how: JobEnd, nowMs: number): JobRecord {
  const crashes = job.crashes + (how.state === 'crashed' ? 1 : 0)
  if (how.state === 'crashed' && job.cancelRequested) return end(job, { ...how, state: 'cancelled' }, nowMs)
  if (how.state === 'crashed' && crashes <= job.maxCrashes) {
    return { ...giveBack(job, how.reason), crashes, notBeforeMs: nowMs + crashBackOffMs(crashes) }
  }
  const { exitCode, reason, answer = null } = how
  return {
    ...move(job, how.state),
    crashes,
    exitCode,
    reason,
    answer,
    leaseUntilMs: 0,
    endedAtMs: nowMs,
  }
}

/** Puts a live job back into its queue without counting a crash: the server stops in good order. */
export function giveBack(job: JobRecord, reason: string | null): JobRecord {
  return { ...move(job, 'queued'), fence: null, worker: null, leaseUntilMs: 0, reason, progress: null }
}

/** Asks for an end: at once for a job that waits; a live one is ended by its worker; an ended one stays as it is. */
export function requestCancel(job: JobRecord, reason: string, nowMs: number): JobRecord {
  if (hasEnded(job.state)) return job
  if (isLive(job.state)) return { ...job, cancelRequested: true, reason }
  return { ...move(job, 'cancelled'), cancelRequested: true, reason, endedAtMs: nowMs }
}

/** The first retry after a crash is immediate, since most crashes are a restart; then 1 s, 2 s, 4 s … up to a minute. */
export function crashBackOffMs(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(60_000, 1000 * 2 ** (crashes - 2))
}
