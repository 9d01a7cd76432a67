import type { StatementSync } from 'node:sqlite'
import { backup, DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Database, Db } from './database.ts'
import { Checkpoints } from './checkpoints.ts'
import { nodeSqliteDialect } from './sqlite-kysely.ts'
import { sqliteStorageProblem, storageProblem } from './storage-problem.ts'
import { WalSync } from './wal-sync.ts'

interface QueuedWrite {
  readonly work: (tx: Db) => Promise<unknown>
  readonly settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void }
}

interface FinishedWrite {
  readonly write: QueuedWrite
  /** Tells its caller what came of it: also a refusal, which may rest on what the group has written before it. */
  readonly tell: () => void
}

/** A group holds the event loop, so it ends after this many writes or milliseconds, whichever is first. */
const groupLimit = { writes: 256, timeMs: 10 }

/** So many writes are a group of their own, also while the group before is on its way to the disk. */
const worthCommit = 4

/** Turns of the event loop that a group waits at most, as long as each brings another write. */
const gatherTurns = 5

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
  const sync = options.synchronous === 'normal' || options.path === ':memory:' ? undefined : new WalSync(options.path)
  const checkpoints = new Checkpoints(options.path, writer)
  const queue = new WriteQueue(writer, tx, { sync: () => sync?.sync(), committed: () => checkpoints.committed() })
  return {
    dialect: 'sqlite',
    ...(options.path === ':memory:' ? {} : { file: options.path }),
    reader,
    write: (work) => queue.add(work),
    exclusively: (work) => queue.add(work),
    copyTo: async (path) => {
      await backup(readerConnection, path)
    },
    close: async () => {
      await queue.drain()
      if (!writer.isOpen) return
      await sync?.close()
      await checkpoints.close()
      readerConnection.close()
      writer.close()
    },
  }
}

function openWriter(options: SqliteOptions): DatabaseSync {
  try {
    const writer = new DatabaseSync(options.path, { timeout: 5000 })
    writer.exec(
      // The log is synced before the answer (`WalSync`) and copied in a thread (`Checkpoints`), not by the committing call.
      'pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 0; pragma foreign_keys = on; pragma cache_size = -32000',
    )
    return writer
  } catch (error) {
    throw sqliteStorageProblem(error) ?? error
  }
}

/** What follows each commit. */
interface AfterCommit {
  /** Resolves when what was committed is on the disk. */
  readonly sync: () => Promise<void> | undefined
  readonly committed: () => void
}

class WriteQueue {
  readonly #connection: DatabaseSync
  readonly #tx: Db
  readonly #savepoint: StatementSync
  readonly #release: StatementSync
  readonly #totalChanges: StatementSync
  readonly #after: AfterCommit
  #waiting: QueuedWrite[] = []
  #running: Promise<void> | undefined
  readonly #syncing = new Set<Promise<void>>()
  #wake = () => {}
  #closed = false

  constructor(connection: DatabaseSync, tx: Db, after: AfterCommit) {
    this.#after = after
    this.#connection = connection
    this.#tx = tx
    this.#savepoint = connection.prepare('savepoint w')
    this.#release = connection.prepare('release w')
    this.#totalChanges = connection.prepare('select total_changes() as changes')
  }

  /** Rows written by this connection so far. */
  #changes(): number {
    return Number(this.#totalChanges.get()?.['changes'])
  }

  add<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(storageProblem.unavailable({ reason: 'the server is stopping' }))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // A queued write settles its own promise, whose type only this function knows.
    this.#waiting.push({ work, settle: { resolve: resolve as (value: unknown) => void, reject } })
    this.#running ??= this.#run()
    if (this.#waiting.length >= worthCommit) this.#wake()
    return promise
  }

  async drain(): Promise<void> {
    this.#closed = true
    await this.#running
    await Promise.all(this.#syncing)
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather()
      await this.#runGroup()
    }
    this.#running = undefined
  }

  /** Lets requests that have arrived join the group: a commit costs as much for one write as for twenty. */
  async #gather(): Promise<void> {
    for (let turn = 0, before = 0; turn < gatherTurns && this.#waiting.length > before; turn += 1) {
      before = this.#waiting.length
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #runGroup(): Promise<void> {
    const finished: FinishedWrite[] = []
    let current: QueuedWrite | undefined
    const before = this.#changes()
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
    const settled = this.#acknowledge(finished, this.#changes() > before)
    this.#syncing.add(settled)
    void settled.then(() => this.#syncing.delete(settled))
    // While the disk works the next group gathers; once it is worth a commit of its own it need not wait for the disk.
    await (this.#syncing.size < 2 ? Promise.race([settled, this.#gathered()]) : Promise.race(this.#syncing))
  }

  /** Resolves when so many writes wait that the next group may begin. */
  #gathered(): Promise<void> {
    if (this.#waiting.length >= worthCommit) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    return promise
  }

  /** Nobody is answered before their group is on the disk. */
  async #acknowledge(finished: readonly FinishedWrite[], changed: boolean): Promise<void> {
    try {
      this.#after.committed()
      if (changed) await this.#after.sync()
      for (const { tell } of finished) tell()
    } catch (error) {
      // After a failed sync nobody knows what the disk holds, so nothing more is accepted.
      this.#closed = true
      const problem = storageProblem.unavailable(
        { reason: `the disk did not confirm a write: ${String(error)}` },
        error,
      )
      for (const { write } of finished) write.settle.reject(problem)
    }
  }

  /** Runs one write in a savepoint. A fault of the store itself is thrown and ends the group; any other is that write's own. */
  async #runOne(write: QueuedWrite, finished: FinishedWrite[]): Promise<void> {
    this.#savepoint.run()
    let value: unknown
    try {
      // An object of its own for each write, as PostgreSQL has one for each transaction.
      value = await write.work(this.#tx.withoutPlugins())
    } catch (error) {
      if (sqliteStorageProblem(error) !== undefined) throw error
      this.#connection.exec('rollback to w; release w')
      finished.push({ write, tell: () => write.settle.reject(error) })
      return
    }
    this.#release.run()
    finished.push({ write, tell: () => write.settle.resolve(value) })
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
