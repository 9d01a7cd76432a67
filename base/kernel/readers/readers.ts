import { availableParallelism } from 'node:os'
import type { Database } from '../db/database.ts'
import { createLocalReaders } from './local-readers.ts'
import type { ReadTask } from './read-task.ts'
import { createThreadReaders } from './thread-readers.ts'

export interface ReadOptions {
  /** Ends the read when its client has left. */
  readonly signal?: AbortSignal
  /** How long the read may take, waiting included; default 30 s. */
  readonly deadlineMs?: number
}

/**
 * Runs reads that may be large away from the event loop, on committed state. Throws `readers/busy` when too many wait,
 * `readers/too-slow` at the deadline, `readers/cancelled` when the signal says so, `readers/stopped` when the thread died.
 */
export interface Readers {
  read<I, A>(task: ReadTask<I, A>, input: I, options?: ReadOptions): Promise<A>
  /** Ends the threads; what is under way is rejected. */
  close(): Promise<void>
}

export interface ReadersOptions {
  readonly database: Database
  /** Threads at most; default one less than there are cores, and at least one. Each is started when it is needed. */
  readonly threads?: number
  /** A thread ends after this long without work; default 5 min. */
  readonly idleMs?: number
  /** Reads that may wait; default 512. */
  readonly waiting?: number
}

/**
 * Makes the readers of a store. On SQLite each thread has a read-only connection of its own; on PostgreSQL, which does
 * the searching in its own process, reads run in this one, a few at a time.
 */
export function createReaders(options: ReadersOptions): Readers {
  const { database, idleMs = 300_000, waiting = 512 } = options
  const { file } = database
  if (file === undefined) return createLocalReaders({ database, atOnce: 4, waiting })
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  return createThreadReaders({ file, threads, idleMs, waiting })
}
