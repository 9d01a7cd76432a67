import type { Db, Dialect } from '@millrace/kernel/db'
import type { Kysely } from 'kysely'
import { PostgresAdapter } from 'kysely'
import type { TrackingTables } from '../tables.ts'

/** A database and its dialect: what a compiled statement runs on. */
export interface On {
  readonly db: Db
  readonly dialect: Dialect
}

/** What compiled statements need, from a typed database. */
export function onDatabase(db: Kysely<TrackingTables>): On {
  const dialect = db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
  // The same object: tables exist in its type alone.
  return { db: db as unknown as Db, dialect }
}
