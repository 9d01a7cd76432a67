import { Problem } from '@millrace/contract'
import { Client } from 'pg'
import type { SqlRow, SqlTables } from './sql-tables.ts'

const batchLength = 2000

/** Connects to an MLflow database on PostgreSQL and reads it in one read-only transaction, so that it fits together. */
export async function openPostgres(url: string): Promise<SqlTables> {
  // SQLAlchemy names its driver in the scheme.
  const client = new Client({ connectionString: url.replace(/^postgres(ql)?(\+\w+)?:/, 'postgresql:') })
  try {
    await client.connect()
    await client.query('begin isolation level repeatable read read only')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('client/no-database', 400, `The database cannot be read: ${reason}.`, {}, error)
  }
  let cursors = 0
  return {
    columns: async (table) => {
      const sql = `select column_name from information_schema.columns
        where table_name = $1 and table_schema = any (current_schemas(false))`
      const { rows } = await client.query<{ column_name: string }>(sql, [table])
      return new Set(rows.map((row) => row.column_name))
    },
    batches: async function* (sql, parameters = []) {
      // A cursor of its own per statement, since the rows of one may come to many gigabytes.
      const cursor = `millrace_${(cursors += 1)}`
      await client.query(`declare ${cursor} no scroll cursor for ${numbered(sql)}`, [...parameters])
      try {
        for (;;) {
          const { rows } = await client.query<SqlRow>(`fetch ${batchLength} from ${cursor}`)
          if (rows.length > 0) yield rows
          if (rows.length < batchLength) return
        }
      } finally {
        await client.query(`close ${cursor}`)
      }
    },
    // The driver reads 64-bit integers as text already.
    whole: (column) => column,
    close: () => client.end(),
  }
}

/** `?` as `$1`, `$2`, …; no statement here holds a question mark otherwise. */
function numbered(sql: string): string {
  let place = 0
  return sql.replaceAll('?', () => `$${(place += 1)}`)
}
