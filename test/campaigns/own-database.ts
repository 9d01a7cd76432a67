import { randomUUID } from 'node:crypto'
import { connectPostgres } from '@millrace/adapter-postgres'
import { sql } from 'kysely'

/** An empty PostgreSQL database on the server of the tests. */
export interface OwnDatabase {
  readonly url: string
  drop(): Promise<void>
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
  return { url: own.href, drop: () => execute(address, `drop database if exists ${name} with (force)`) }
}

async function execute(address: string, statement: string): Promise<void> {
  const database = connectPostgres(address, 1)
  await sql.raw(statement).execute(database.reader)
  await database.close()
}
