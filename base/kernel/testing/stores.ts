import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { describe, onTestFinished } from 'vitest'
import type { Database, Dialect } from '../db/db.ts'
import { openPostgres, openSqlite } from '../db/db.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Opens an empty store that is closed when the test ends. Called twice with the same name it opens the same store again. */
export type OpenStore = (name?: string) => Promise<Database>

/** Runs a suite on SQLite and on PostgreSQL; test names carry `[sqlite]` or `[postgres]`, and `bin/test` compares the counts. */
export function onEachStore(suite: (openStore: OpenStore, dialect: Dialect) => void): void {
  describe('[sqlite]', () => {
    suite(sqliteOpener(), 'sqlite')
  })
  describe('[postgres]', () => {
    suite(postgresOpener(), 'postgres')
  })
}

function sqliteOpener(): OpenStore {
  const folders = new Map<string, string>()
  return async (name) => {
    const known = name === undefined ? undefined : folders.get(name)
    const folder = known ?? (await temporaryFolder())
    if (name !== undefined) folders.set(name, folder)
    return closedAfterTest(openSqlite({ path: join(folder, 'millrace.db') }))
  }
}

function postgresOpener(): OpenStore {
  const schemas = new Map<string, string>()
  return async (name) => {
    const known = name === undefined ? undefined : schemas.get(name)
    const schema = known ?? (await createSchema())
    if (name !== undefined) schemas.set(name, schema)
    return closedAfterTest(openPostgres({ pool: poolFor(schema) }))
  }
}

function closedAfterTest(database: Database): Database {
  let closed: Promise<void> | undefined
  const close = () => (closed ??= database.close())
  onTestFinished(close)
  return { ...database, close }
}

function postgresUrl(): string {
  const url = process.env['MILLRACE_TEST_POSTGRES_URL']
  if (url === undefined || url === '')
    throw new Error(
      'These tests need PostgreSQL: run them with bin/test, which starts one, or set MILLRACE_TEST_POSTGRES_URL.',
    )
  return url
}

async function createSchema(): Promise<string> {
  const schema = `t_${randomBytes(8).toString('hex')}`
  await withClient((client) => client.query(`create schema ${schema}`))
  onTestFinished(async () => {
    await withClient((client) => client.query(`drop schema if exists ${schema} cascade`))
  })
  return schema
}

async function withClient(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl() })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function poolFor(schema: string): pg.Pool {
  const { types } = pg
  const parsers: pg.CustomTypesConfig = {
    // Counts and times are int8; all of ours stay below 2^53.
    getTypeParser: (oid, format) => {
      const type: number = oid
      return type === int8 ? Number : (types.getTypeParser(oid, format) as (text: string) => unknown)
    },
  }
  return new pg.Pool({ connectionString: postgresUrl(), max: 8, options: `-c search_path=${schema}`, types: parsers })
}

/** PostgreSQL's number of the type `bigint`. */
const int8: number = pg.types.builtins.INT8
