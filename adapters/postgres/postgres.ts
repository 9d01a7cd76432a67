import type { Database } from '@millrace/kernel/db'
import { openPostgres } from '@millrace/kernel/db'
import pg from 'pg'

/** Opens PostgreSQL at a `postgres://` address. int8 comes back as a number: counts and times stay below 2^53. */
export function connectPostgres(url: string, poolSize = 16): Database {
  return openPostgres({ pool: poolOf(url, poolSize) })
}

/** The pool of connections alone, for readers that hold one transaction for long. */
export function poolOf(url: string, poolSize: number): pg.Pool {
  const int8: number = pg.types.builtins.INT8
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) => {
      const type: number = oid
      return type === int8 ? Number : (pg.types.getTypeParser(oid, format) as (text: string) => unknown)
    },
  }
  const pool = new pg.Pool({ connectionString: url, max: poolSize, types, application_name: 'millrace' })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  return pool
}
