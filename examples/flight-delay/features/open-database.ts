import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

export interface DatabaseOptions {
  /** Threads DuckDB may use; 2 when absent. */
  threads?: number
  /** DuckDB's own notation; `1GB` when absent. */
  memoryLimit?: string
}

/** Runs `work` on an in-memory DuckDB that loads nothing from the network, and closes it afterwards. */
export async function withDatabase<T>(
  options: DatabaseOptions,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(options)
  try {
    return await work(database.connection)
  } finally {
    database.close()
  }
}

/** Opens an in-memory DuckDB for a caller that keeps it across an iteration; the caller closes it. */
export async function openDatabase(
  options: DatabaseOptions = {},
): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? 2),
    memory_limit: options.memoryLimit ?? '1GB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, close }
}

/** `text` as an SQL string literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
