import type { Database } from '../db/database.ts'
import { loadRead } from './read-task.ts'
import { readerProblem } from './reader-problems.ts'
import type { Readers } from './readers.ts'
import type { WaitingRead } from './waiting-reads.ts'
import { ReadQueue } from './waiting-reads.ts'

interface LocalReadersOptions {
  readonly database: Database
  /** How many reads run at once, so that the pool's connections suffice for small reads beside them. */
  readonly atOnce: number
  readonly waiting: number
}

/** Readers in this process, for a store that searches in a process of its own. */
export function createLocalReaders({ database, atOnce, waiting }: LocalReadersOptions): Readers {
  const queue = new ReadQueue(waiting)
  const running = new Set<WaitingRead>()
  let closed = false
  const run = async (read: WaitingRead) => {
    const { dialect, reader: db } = database
    const throwIfCancelled = () => {
      if (read.settled) throw readerProblem.cancelled({})
    }
    try {
      const found = await loadRead(read.module, read.name)
      read.resolve(await found({ db, dialect, throwIfCancelled }, read.input))
    } catch (error) {
      read.reject(error)
    }
  }
  const pump = () => {
    while (running.size < atOnce) {
      const read = queue.next()
      if (read === undefined) return
      running.add(read)
      void run(read).finally(() => {
        running.delete(read)
        pump()
      })
    }
  }
  return {
    read: async (task, input, options = {}) => {
      if (closed) throw readerProblem.stopped({})
      const read = queue.add(task, input, options)
      pump()
      return read.promise as Promise<never> // the task's own promise, kept by `readTask`
    },
    close: async () => {
      closed = true
      queue.rejectAll(readerProblem.stopped({}))
      for (const read of running) read.reject(readerProblem.stopped({}))
    },
  }
}
