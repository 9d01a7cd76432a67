import { DatabaseSync } from 'node:sqlite'
import { PostgresDialect, Kysely, sql } from 'kysely'
import type { PostgresPool } from 'kysely'
import type { Dialect } from '../db/db.ts'
import type { StoredValue } from './row-codec.ts'

/** Every table of a store as it was at one moment, while others go on writing. */
export interface RowSnapshot {
  readonly dialect: Dialect
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[]
  /** The last number that counting columns gave out, by table. */
  readonly sequences: Readonly<Record<string, number>>
  rows(table: string): AsyncIterable<readonly StoredValue[]>
  close(): Promise<void>
}

/** Opens the store in a file in a connection of its own; the server that writes there is not held up. */
export async function snapshotSqlite(path: string): Promise<RowSnapshot> {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  // The snapshot is taken by the first read.
  database.exec('begin')
  const names = database
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`)
    .all()
    .map((row) => String(row['name']))
  const tables = names.map((name) => ({ name, columns: columnsOf(database, name) }))
  const counted = database.prepare(`select 1 from sqlite_master where name = 'sqlite_sequence'`).get()
  const sequences =
    counted === undefined
      ? []
      : database
          .prepare('select name, seq from sqlite_sequence')
          .all()
          .map((row) => [String(row['name']), Number(row['seq'])])
  return {
    dialect: 'sqlite',
    tables,
    sequences: Object.fromEntries(sequences) as Record<string, number>, // pairs of a name and a number
    async *rows(table) {
      const columns = columnsOf(database, table)
      const statement = database.prepare(`select ${columns.map(quoted).join(', ')} from ${quoted(table)}`)
      statement.setReadBigInts(true)
      for (const row of statement.iterate()) yield columns.map((column) => row[column] ?? null)
    },
    close: async () => database.close(),
  }
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare('select name from pragma_table_info(?) order by cid')
    .all(table)
    .map((row) => String(row['name']))
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Rows that one answer of PostgreSQL holds. */
const fetched = 500

/** The same on PostgreSQL: one read-only transaction that sees the state of its first statement until it ends. */
export async function snapshotPostgres(pool: PostgresPool): Promise<RowSnapshot> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const held = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<Kysely<unknown>>()
  const ended = db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      await sql`set transaction read only`.execute(tx)
      opened.resolve(tx)
      await held.promise
    })
  ended.catch((error: unknown) => opened.reject(error))
  const tx = await opened.promise
  const { rows: columns } = await sql<{ table: string; column: string; counter: string | null }>`
    select c.table_name as "table", c.column_name as "column",
      case when c.column_default like 'nextval(%' then pg_get_serial_sequence(quote_ident(c.table_name), c.column_name) end
        as counter
    from information_schema.columns c join information_schema.tables t
      on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
    where c.table_schema = current_schema() order by c.table_name collate "C", c.ordinal_position`.execute(tx)
  const byTable = Map.groupBy(columns, (row) => row.table)
  const sequences: Record<string, number> = {}
  for (const { table, counter } of columns) {
    if (counter === null) continue
    const { rows } = await sql<{ last: number | string }>`select last_value as last from ${sql.raw(counter)}`.execute(
      tx,
    )
    sequences[table] = Number(rows[0]?.last ?? 0)
  }
  return {
    dialect: 'postgres',
    tables: [...byTable].map(([name, list]) => ({ name, columns: list.map(({ column }) => column) })),
    sequences,
    rows: (table) =>
      fetchRows(
        tx,
        table,
        (byTable.get(table) ?? []).map(({ column }) => column),
      ),
    close: async () => {
      held.resolve()
      await ended
      await db.destroy()
    },
  }
}

async function* fetchRows(
  tx: Kysely<unknown>,
  table: string,
  columns: readonly string[],
): AsyncGenerator<readonly StoredValue[]> {
  const list = sql.join(columns.map((column) => sql.ref(column)))
  await sql`declare millrace_backup no scroll cursor for select ${list} from ${sql.table(table)}`.execute(tx)
  for (;;) {
    const { rows } = await sql<
      Record<string, StoredValue>
    >`fetch ${sql.raw(String(fetched))} from millrace_backup`.execute(tx)
    for (const row of rows) yield columns.map((column) => row[column] ?? null)
    if (rows.length < fetched) break
  }
  await sql`close millrace_backup`.execute(tx)
}
