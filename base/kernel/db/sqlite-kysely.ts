import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

interface Prepared {
  readonly statement: StatementSync
  readonly returnsRows: boolean
}

const preparedLimit = 500

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, Prepared>()
  constructor(database: DatabaseSync) {
    this.#database = database
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    if (this.#prepared.size >= preparedLimit) this.#prepared.clear()
    const statement = this.#database.prepare(text)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    this.#prepared.set(text, prepared)
    return prepared
  }

  // Async although nothing waits: an error must reach the caller as a rejection.
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, returnsRows } = this.#prepare(query.sql)
    const parameters = query.parameters.map(bind)
    // The row type is the query's own promise; the driver cannot know it.
    if (returnsRows) return { rows: statement.all(...parameters) as unknown as R[] }
    const { changes, lastInsertRowid } = statement.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const statement = this.#database.prepare(query.sql)
    for (const row of statement.iterate(...query.parameters.map(bind))) yield { rows: [row as unknown as R] }
  }
}

function bind(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  throw new TypeError(`A ${value instanceof Date ? 'Date' : typeof value} cannot be bound to a statement.`)
}

class NodeSqliteDriver implements Driver {
  readonly #connection: NodeSqliteConnection
  constructor(database: DatabaseSync) {
    this.#connection = new NodeSqliteConnection(database)
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async beginTransaction(): Promise<void> {
    throw new Error('Transactions are begun by the writer (db/sqlite.ts), never through Kysely.')
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

/** Kysely over one open `node:sqlite` connection, without a mutex: whoever owns the connection orders its use. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new NodeSqliteDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
