import type { Kysely } from 'kysely'

/** A Kysely without tables of its own: a store gives it its tables with `tables`. */
export type Db = Kysely<{}>

export type Dialect = 'sqlite' | 'postgres'

/**
 * The metadata store. Reads see what is committed. A write runs alone or as if alone (serializable) and is
 * acknowledged only after its commit; it may be run again on a conflict, so it must do nothing but use its `tx`.
 */
export interface Database {
  readonly dialect: Dialect
  /** The database file that reader threads may open, where the store is one file. */
  readonly file?: string
  /** Committed state only; never used inside a write. */
  readonly reader: Db
  /** Runs `work` in a transaction; resolves after the commit. What `work` throws is thrown, its changes undone. */
  write<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** Runs `work` in a transaction while no other process does the same: for migrations. It sees what the one before left. */
  exclusively<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** Copies the store to `path` while it is in use (SQLite). Undefined where the store has its own backups. */
  copyTo?: (path: string) => Promise<void>
  close(): Promise<void>
}

/** Tells a Kysely its tables: `tables<RunTables>(db).selectFrom('experiment_tracking_run')`. */
export function tables<T>(db: Db): Kysely<T> {
  // The same object: tables exist in its type alone.
  return db as unknown as Kysely<T>
}
