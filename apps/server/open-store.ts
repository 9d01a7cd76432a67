import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config, DataDirLock, Logger } from '@millrace/kernel'
import { lockDataDir } from '@millrace/kernel'
import type { Database, MigrationSet } from '@millrace/kernel/db'
import { openSqlite, pendingMigrations } from '@millrace/kernel/db'

/** An open store and the lock on its data directory. */
export interface OpenedStore {
  readonly database: Database
  readonly lock: DataDirLock
}

/** Locks the data directory and opens the store: SQLite in it, or PostgreSQL where one is configured. */
export async function openStore(config: Config): Promise<OpenedStore> {
  const lock = lockDataDir(config.dataDir)
  try {
    return { lock, database: await openDatabase(config) }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function openDatabase(config: Config): Promise<Database> {
  if (config.databaseUrl === undefined) return openSqlite({ path: join(config.dataDir, 'millrace.db') })
  const { connectPostgres } = await import('@millrace/adapter-postgres')
  return connectPostgres(config.databaseUrl)
}

/** Copies an embedded store beside itself before its tables change, so that a person can go back. */
export async function copyBeforeMigrating(
  store: Database,
  sets: readonly MigrationSet[],
  config: Config,
  log: Logger,
  nowMs: number,
): Promise<void> {
  if (store.copyTo === undefined) return
  const pending = await pendingMigrations(store, sets)
  const isNew = pending.includes('kernel/0001-create-kernel')
  if (pending.length === 0 || isNew) return
  const folder = join(config.dataDir, 'backups')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `before-${nowMs}.db`)
  await store.copyTo(path)
  log.info({ path, migrations: pending.length }, 'the database was copied before its tables change')
}
