import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectPostgres } from '@millrace/adapter-postgres'
import { sql } from 'kysely'

/** An empty PostgreSQL database on the server of the tests. */
export interface OwnDatabase {
  readonly url: string
  /** Resolves when no transaction is left that had begun before: the database ends by itself what a killed client sent. */
  readonly settled: () => Promise<void>
  readonly drop: () => Promise<void>
}

/** Makes a database of its own on the server that MILLRACE_TEST_POSTGRES_URL names; `bin/test` starts one. */
export async function createOwnDatabase(): Promise<OwnDatabase> {
  const address = process.env['MILLRACE_TEST_POSTGRES_URL']
  if (address === undefined || address === '') {
    throw new Error('This needs PostgreSQL: run it with bin/test, which starts one, or set MILLRACE_TEST_POSTGRES_URL.')
  }
  const name = `millrace_campaign_${randomUUID().replaceAll('-', '')}`
  await execute(address, `create database ${name}`)
  const own = new URL(address)
  own.pathname = `/${name}`
  return {
    url: own.href,
    settled: () => settled(address, name),
    drop: () => execute(address, `drop database if exists ${name} with (force)`),
  }
}

async function settled(address: string, name: string): Promise<void> {
  const database = connectPostgres(address, 1)
  try {
    const now = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(database.reader)
    const before = now.rows[0]?.now ?? ''
    for (;;) {
      const { rows } = await sql<{ open: number }>`
        select count(*)::int as open from pg_stat_activity
        where datname = ${name} and xact_start < ${before}::timestamptz`.execute(database.reader)
      if (rows[0]?.open === 0) return
      await sleep(20)
    }
  } finally {
    await database.close()
  }
}

async function execute(address: string, statement: string): Promise<void> {
  const database = connectPostgres(address, 1)
  await sql.raw(statement).execute(database.reader)
  await database.close()
}
