import { backup, DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Database, Db } from './database.ts'
import { nodeSqliteDialect } from './sqlite-kysely.ts'
import { sqliteStorageProblem, storageProblem } from './storage-problem.ts'

interface QueuedWrite {
  readonly work: (tx: Db) => Promise<unknown>
  readonly settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void }
}

interface FinishedWrite {
  readonly write: QueuedWrite
  readonly value: unknown
}

/** A group holds the event loop, so it ends after this many writes or milliseconds, whichever is first. */
const groupLimit = { writes: 256, timeMs: 10 }

export interface SqliteOptions {
  /** The database file; made when it is not there. */
  path: string
  /** `full` (the default) keeps the promise that nothing acknowledged is lost, also when the power goes. */
  synchronous?: 'full' | 'normal'
}

/** Opens the embedded store: one writer with group commit, one read connection beside it (WAL). */
export function openSqlite(options: SqliteOptions): Database {
  const writer = openWriter(options)
  const readerConnection = new DatabaseSync(options.path, { readOnly: true, timeout: 5000 })
  const tx: Db = new Kysely({ dialect: nodeSqliteDialect(writer) })
  const reader: Db = new Kysely({ dialect: nodeSqliteDialect(readerConnection) })
  const queue = new WriteQueue(writer, tx)
  return {
    dialect: 'sqlite',
    reader,
    write: (work) => queue.add(work),
    exclusively: (work) => queue.add(work),
    copyTo: async (path) => {
      await backup(readerConnection, path)
    },
    close: async () => {
      await queue.drain()
      if (!writer.isOpen) return
      readerConnection.close()
      writer.close()
    },
  }
}

function openWriter(options: SqliteOptions): DatabaseSync {
  try {
    const writer = new DatabaseSync(options.path, { timeout: 5000 })
    writer.exec(
      `pragma journal_mode = wal; pragma synchronous = ${options.synchronous ?? 'full'}; pragma foreign_keys = on; pragma cache_size = -16000`,
    )
    return writer
  } catch (error) {
    throw sqliteStorageProblem(error) ?? error
  }
}

class WriteQueue {
  readonly #connection: DatabaseSync
  readonly #tx: Db
  #waiting: QueuedWrite[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(connection: DatabaseSync, tx: Db) {
    this.#connection = connection
    this.#tx = tx
  }

  add<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(storageProblem.unavailable({ reason: 'the server is stopping' }))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // A queued write settles its own promise, whose type only this function knows.
    this.#waiting.push({ work, settle: { resolve: resolve as (value: unknown) => void, reject } })
    this.#running ??= this.#run()
    return promise
  }

  async drain(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the loop lets requests that have arrived join the group.
      await new Promise((resolve) => setImmediate(resolve))
      await this.#runGroup()
    }
    this.#running = undefined
  }

  async #runGroup(): Promise<void> {
    const finished: FinishedWrite[] = []
    let current: QueuedWrite | undefined
    try {
      this.#connection.exec('begin immediate')
      const startedMs = performance.now()
      while (finished.length < groupLimit.writes && performance.now() - startedMs < groupLimit.timeMs) {
        current = this.#waiting.shift()
        if (current === undefined) break
        await this.#runOne(current, finished)
      }
      current = undefined
      this.#connection.exec('commit')
    } catch (error) {
      this.#abandon(error, finished, current)
      return
    }
    for (const { write, value } of finished) write.settle.resolve(value)
  }

  /** Runs one write in a savepoint. A fault of the store itself is thrown and ends the group; any other is that write's own. */
  async #runOne(write: QueuedWrite, finished: FinishedWrite[]): Promise<void> {
    this.#connection.exec('savepoint w')
    let value: unknown
    try {
      value = await write.work(this.#tx)
    } catch (error) {
      if (sqliteStorageProblem(error) !== undefined) throw error
      this.#connection.exec('rollback to w; release w')
      write.settle.reject(error)
      return
    }
    this.#connection.exec('release w')
    finished.push({ write, value })
  }

  #abandon(error: unknown, finished: readonly FinishedWrite[], current: QueuedWrite | undefined): void {
    // SQLite may already have rolled back by itself (a full disk does that).
    if (this.#connection.isTransaction) this.#connection.exec('rollback')
    const problem = sqliteStorageProblem(error) ?? storageProblem.unavailable({ reason: String(error) }, error)
    // Nobody in the queue is left waiting for a group that could not even begin.
    const first = finished.length === 0 && current === undefined ? this.#waiting.shift() : undefined
    for (const write of [...finished.map((entry) => entry.write), current, first]) write?.settle.reject(problem)
  }
}
