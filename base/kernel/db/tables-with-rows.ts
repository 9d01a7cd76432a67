import { sql } from 'kysely'
import type { Db, Dialect } from './database.ts'

/**
 * Which tables hold rows of a workspace, by name. Every table of a domain has the column `workspace`; those whose names
 * begin with one of `besides` are left out.
 */
export async function tablesWithRowsOf(
  db: Db,
  dialect: Dialect,
  workspace: string,
  besides: readonly string[],
): Promise<string[]> {
  const listed = dialect === 'sqlite' ? ofSqlite : ofPostgres
  const { rows } = await listed.execute(db)
  const names = rows.map((row) => row.name).filter((name) => !besides.some((prefix) => name.startsWith(prefix)))
  const holding: string[] = []
  for (const name of names) {
    const found = await sql`select 1 from ${sql.table(name)} where workspace = ${workspace} limit 1`.execute(db)
    if (found.rows.length > 0) holding.push(name)
  }
  return holding
}

const ofSqlite = sql<{ name: string }>`
  select t.name as name from sqlite_master as t, pragma_table_info(t.name) as c
  where t.type = 'table' and c.name = 'workspace' order by t.name`

const ofPostgres = sql<{ name: string }>`
  select table_name as name from information_schema.columns
  where table_schema = current_schema() and column_name = 'workspace' order by table_name`
