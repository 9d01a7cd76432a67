import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Problem } from '@millrace/contract'
import type { SqlRow, SqlTables } from './sql-tables.ts'

/**
 * Opens MLflow's SQLite file to be read, in one transaction, so that what it says fits together while others write. Where
 * the file's log cannot be opened beside it (a folder that is not ours to write), both are copied to a folder of their own.
 */
export async function openSqlite(path: string): Promise<SqlTables> {
  if (!existsSync(path)) throw new Problem('client/no-such-file', 400, `There is no file ${path}.`)
  const direct = tryOpen(path)
  if (direct !== undefined) return tablesOf(direct, async () => undefined)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-import-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const copy = join(folder, 'mlflow.db')
  await copyFile(path, copy)
  if (existsSync(`${path}-wal`)) await copyFile(`${path}-wal`, `${copy}-wal`)
  const copied = tryOpen(copy)
  if (copied !== undefined) return tablesOf(copied, remove)
  await remove()
  throw new Problem('client/no-database', 400, `${path} is no SQLite database, or it cannot be read.`)
}

const batchLength = 1000

function tryOpen(path: string): DatabaseSync | undefined {
  try {
    const database = new DatabaseSync(path, { readOnly: true })
    database.exec('begin')
    database.prepare('select count(*) from sqlite_master').get()
    return database
  } catch {
    return undefined
  }
}

function tablesOf(database: DatabaseSync, remove: () => Promise<void>): SqlTables {
  return {
    columns: async (table) => {
      const rows = database.prepare('select name from pragma_table_info(?)').all(table)
      return new Set(rows.map((row) => String(row['name'])))
    },
    batches: async function* (sql, parameters = []) {
      let batch: SqlRow[] = []
      for (const row of database.prepare(sql).iterate(...parameters)) {
        batch.push(row)
        if (batch.length < batchLength) continue
        yield batch
        batch = []
      }
      if (batch.length > 0) yield batch
    },
    whole: (column) =>
      `case when ${column} between -9007199254740991 and 9007199254740991 then ${column} else cast(${column} as text) end`,
    close: async () => {
      database.close()
      await remove()
    },
  }
}
