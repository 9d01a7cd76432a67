export type SqlRow = Readonly<Record<string, unknown>>

/** A database that is read: SQLite or PostgreSQL. Placeholders are `?`. */
export interface SqlTables {
  /** The columns of a table; none where it is not there. */
  columns(table: string): Promise<ReadonlySet<string>>
  /** Rows in batches: a step of an async iterator for every one of ten million rows would take longer than the rows. */
  batches(sql: string, parameters?: readonly (string | number)[]): AsyncIterable<readonly SqlRow[]>
  /** SQL of a 64-bit integer that may be beyond 2^53, such that it is read with all its digits. */
  whole(column: string): string
  close(): Promise<void>
}

/** All rows of a statement. */
export async function allRows(
  tables: SqlTables,
  sql: string,
  parameters: readonly (string | number)[] = [],
): Promise<SqlRow[]> {
  const found: SqlRow[] = []
  for await (const rows of tables.batches(sql, parameters)) found.push(...rows)
  return found
}

/** As many placeholders as there are values: `?, ?, ?`. */
export function places(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}

/** A column, or another expression where older schemas lack it. */
export function columnOr(columns: ReadonlySet<string>, name: string, other: string): string {
  return columns.has(name) ? name : `${other} as ${name}`
}
