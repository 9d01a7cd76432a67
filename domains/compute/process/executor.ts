import type { JobEnd } from '../model/job.ts'
import type { LogLine } from '../contract.ts'

/** An attempt as an executor is asked to run it. */
export interface Attempt {
  readonly workspace: string
  readonly id: string
  readonly attempt: number
  /** Names this attempt alone; what it brings back carries it. */
  readonly fence: string
  /** Address (`file:` URL) of the module that does the work: `export default async (input, context) => answer`. */
  readonly entryUrl: string
  readonly input: unknown
  readonly timeoutMs: number | null
  /** The whole environment of the process besides PATH and HOME. */
  readonly env: Readonly<Record<string, string>>
}

/** What an executor tells while an attempt runs. */
export interface AttemptSigns {
  /** The process runs. */
  running(): void
  log(stream: LogLine['stream'], chunk: Uint8Array | string): void
  progress(fraction: number, text: string): void
}

export interface RunningAttempt {
  /** Never rejects: a fault of the executor itself is an end by `crashed`. */
  readonly ended: Promise<JobEnd>
  /** Ends the attempt's process and all that it started; `ended` then says `state`. */
  stop(state: 'cancelled' | 'crashed', reason: string): void
}

/** The end of an attempt that an earlier server of this machine had started and did not live to hear of. */
export interface FoundEnd {
  readonly workspace: string
  readonly id: string
  readonly fence: string
  readonly end: JobEnd
}

/**
 * Where attempts run. The local one starts child processes; one for Kubernetes makes Jobs. The state of a job is never
 * its own: it reports, and the store decides by the fence.
 */
export interface Executor {
  readonly name: string
  /** What it has to give in all. */
  readonly capacity: { readonly cpu: number; readonly memoryMb: number }
  /** True when its attempts call the server, so that none may start before the server has an address. */
  readonly callsServer: boolean
  run(attempt: Attempt, signs: AttemptSigns): RunningAttempt
  /**
   * Called once at the start, before the first `run`: ends processes that outlived their server and gives the results
   * that attempts had finished with.
   */
  recover(): Promise<FoundEnd[]>
  /** Forgets what it kept of an attempt whose end is committed (or refused). */
  forget(attempt: { id: string; fence: string }): Promise<void>
  close(): Promise<void>
}
