import { randomUUID } from 'node:crypto'
import { connectPostgres } from '@millrace/adapter-postgres'
import { sql } from 'kysely'

/**
 * Runs with the address of an empty database on the server that MILLRACE_TEST_POSTGRES_URL names; `bin/bench` starts one
 * where none is named.
 */
export async function withPostgres<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const address = process.env['MILLRACE_TEST_POSTGRES_URL']
  if (address === undefined) throw new Error('Set MILLRACE_TEST_POSTGRES_URL, or run this with bin/bench.')
  const name = `millrace_bench_${randomUUID().replaceAll('-', '')}`
  await execute(address, `create database ${name}`)
  const own = new URL(address)
  own.pathname = `/${name}`
  try {
    return await work(own.href)
  } finally {
    await execute(address, `drop database ${name} with (force)`)
  }
}

async function execute(address: string, statement: string): Promise<void> {
  const database = connectPostgres(address)
  await sql.raw(statement).execute(database.reader)
  await database.close()
}
