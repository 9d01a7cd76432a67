import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresPool } from 'kysely'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Database, Db } from './database.ts'
import { postgresState, postgresStorageProblem, storageProblem } from './storage-problem.ts'

const attempts = 25

export interface PostgresOptions {
  /** A pool of `pg` whose int8 comes back as a number (adapters/postgres makes one). */
  pool: PostgresPool
}

/** The store on PostgreSQL: one serializable transaction per write, run again on 40001, 40P01 and, a few times, 23505. */
export function openPostgres(options: PostgresOptions): Database {
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool: options.pool }) })
  return {
    dialect: 'postgres',
    reader: db,
    write: (work) => writeWithRetries(db, work),
    exclusively: (work) => writeExclusively(db, work),
    close: () => db.destroy(),
  }
}

/** Read committed, not serializable: the statements behind the lock must see what its last holder committed. */
async function writeExclusively<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(7400)`.execute(tx)
      return work(tx)
    })
}

async function writeWithRetries<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      return await db.transaction().setIsolationLevel('serializable').execute(work)
    } catch (error) {
      if (!isConflict(error, attempt)) throw postgresStorageProblem(error) ?? error
      // Full jitter: writers that collided once must not collide again in step.
      await sleep(Math.random() * Math.min(200, 2 ** attempt))
    }
  }
  throw storageProblem.conflict({})
}

/**
 * Two writers that insert the same key look for it first and find nothing. The later one sees the other's row when it is
 * run again, and refuses with a sentence; a key that is still there after that is a fault of ours.
 */
function isConflict(error: unknown, attempt: number): boolean {
  const state = postgresState(error)
  return state === '40001' || state === '40P01' || (state === '23505' && attempt <= 3)
}
