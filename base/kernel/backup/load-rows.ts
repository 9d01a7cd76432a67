import type { Readable } from 'node:stream'
import { CompiledQuery, sql } from 'kysely'
import type { Database, Db, Dialect, MigrationSet } from '../db/db.ts'
import { migrate, migrationProblem, migrationTable } from '../db/db.ts'
import { readValue } from './row-codec.ts'
import type { RowBatch } from './row-lines.ts'
import { readBatches } from './row-lines.ts'

/** The migrations that a backup had, by the table that remembers them. */
export type AppliedMigrations = Readonly<Record<string, readonly string[]>>

/**
 * Fills an empty store: brings its tables to the form that they had, and writes the rows in one transaction, so that a
 * restore that breaks off leaves no row. A server that starts there brings the tables up to date as always. Throws
 * `migrations/newer` for a backup of a newer version.
 */
export async function loadRows(
  database: Database,
  sets: readonly MigrationSet[],
  applied: AppliedMigrations,
  source: { readonly lines: Readable; readonly place: string },
): Promise<{ tables: number; rows: number }> {
  await migrate(
    database,
    sets.map((set) => asItWas(set, applied)),
    0,
  )
  return database.exclusively(async (tx) => {
    const { end, sequences } = await readBatches(source.lines, source.place, (batch) =>
      loadBatch(tx, database.dialect, batch),
    )
    await setCounters(tx, database.dialect, sequences)
    return end
  })
}

function asItWas(set: MigrationSet, applied: AppliedMigrations): MigrationSet {
  const names = applied[migrationTable(set.domain)] ?? []
  const known = Object.keys(set.migrations)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw migrationProblem.newer({
      found: `${set.domain}/${unknown}`,
      known: `${set.domain}/${known.at(-1) ?? 'none'}`,
    })
  }
  const had = Object.entries(set.migrations).filter(([name]) => names.includes(name))
  return { domain: set.domain, migrations: Object.fromEntries(had) }
}

async function loadBatch(tx: Db, dialect: Dialect, batch: RowBatch): Promise<void> {
  if (batch.rows.length > 0) await insertRows(tx, dialect, batch, false)
  // A table begins: a migration may have written rows of its own.
  else await sql`delete from ${sql.table(batch.table)}`.execute(tx)
}

/** Inserts rows as they were written; with `unlessThere`, those that any key knows already are left out. Returns how many. */
export async function insertRows(
  tx: Db,
  dialect: Dialect,
  { table, columns, rows }: RowBatch,
  unlessThere: boolean,
): Promise<number> {
  const names = columns.map((column) => `"${column}"`).join(', ')
  let number = 0
  const mark = () => (dialect === 'postgres' ? `$${(number += 1)}` : '?')
  const values = rows.map((row) => `(${row.map(mark).join(', ')})`).join(', ')
  const text = `insert into "${table}" (${names}) values ${values}${unlessThere ? ' on conflict do nothing' : ''}`
  const result = await tx.executeQuery(CompiledQuery.raw(text, rows.flat().map(readValue)))
  return Number(result.numAffectedRows ?? 0n)
}

async function setCounters(tx: Db, dialect: Dialect, sequences: Readonly<Record<string, number>>): Promise<void> {
  for (const [table, last] of Object.entries(sequences)) {
    if (last < 1) continue
    if (dialect === 'sqlite') await setSqliteCounter(tx, table, last)
    else await setPostgresCounter(tx, table, last)
  }
}

async function setSqliteCounter(tx: Db, table: string, last: number): Promise<void> {
  const { rows } = await sql`select 1 from sqlite_master where name = ${table} and sql like '%autoincrement%'`.execute(
    tx,
  )
  if (rows.length === 0) return
  await sql`delete from sqlite_sequence where name = ${table}`.execute(tx)
  await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(tx)
}

async function setPostgresCounter(tx: Db, table: string, last: number): Promise<void> {
  await sql`select setval(pg_get_serial_sequence(quote_ident(table_name), column_name), ${last})
    from information_schema.columns where table_schema = current_schema() and table_name = ${table}
      and column_default like 'nextval(%'`.execute(tx)
}
