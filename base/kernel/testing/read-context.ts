import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { onTestFinished } from 'vitest'
import type { Database } from '../db/db.ts'
import { nodeSqliteDialect } from '../db/sqlite-kysely.ts'
import type { ReadContext } from '../readers/read-task.ts'
import { addFunctions } from '../readers/sqlite-functions.ts'

/** What a reader thread gives its reads, in the test's own thread. */
export function readContextOf(database: Database): ReadContext {
  const { dialect, file, reader } = database
  const throwIfCancelled = () => undefined
  if (file === undefined) return { db: reader, dialect, throwIfCancelled }
  const connection = new DatabaseSync(file, { readOnly: true })
  onTestFinished(() => connection.close())
  addFunctions(connection, throwIfCancelled)
  return { db: new Kysely({ dialect: nodeSqliteDialect(connection) }), dialect, throwIfCancelled }
}
