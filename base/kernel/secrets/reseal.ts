import { sql } from 'kysely'
import type { Db } from '../db/db.ts'
import type { Secrets } from './secrets.ts'

/** A column that holds sealed texts (or null), and the columns that name its row. A domain lists its own in its manifest. */
export interface SealedColumn {
  readonly table: string
  readonly column: string
  readonly key: readonly string[]
}

/** Seals every secret of these columns that an older key sealed with the newest one. Returns how many changed. */
export async function reseal(db: Db, columns: readonly SealedColumn[], secrets: Secrets): Promise<number> {
  let changed = 0
  for (const { table, column, key } of columns) {
    const names = key.map((name) => sql.id(name))
    const read = sql<
      Record<string, unknown>
    >`select ${sql.join(names)}, ${sql.id(column)} as sealed from ${sql.table(table)} where ${sql.id(column)} is not null`
    const { rows } = await read.execute(db)
    for (const row of rows) {
      const { sealed } = row
      if (typeof sealed !== 'string' || secrets.isFresh(sealed)) continue
      const matches = key.map((name) => sql`${sql.id(name)} = ${row[name]}`)
      await sql`update ${sql.table(table)} set ${sql.id(column)} = ${secrets.seal(secrets.open(sealed))} where ${sql.join(matches, sql` and `)}`.execute(
        db,
      )
      changed += 1
    }
  }
  return changed
}
