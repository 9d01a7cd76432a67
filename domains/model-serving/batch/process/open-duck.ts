import type { DuckDBConnection } from '@duckdb/node-api'
import { DuckDBInstance } from '@duckdb/node-api'

/** An analytics engine of its own, in memory: `threads` cores, and a share of memory so that workers together stay flat. */
export async function openDuck(options: {
  readonly threads: number
  readonly memoryMb: number
  readonly spillTo: string
}): Promise<{ db: DuckDBConnection; close: () => void }> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${options.memoryMb}MB`,
    temp_directory: options.spillTo,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const db = await instance.connect()
  return {
    db,
    close: () => {
      db.closeSync()
      instance.closeSync()
    },
  }
}

/** A text in SQL. */
export const sqlText = (value: string) => `'${value.replaceAll("'", "''")}'`
