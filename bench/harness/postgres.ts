import { randomUUID } from 'node:crypto'
import { connectPostgres } from '@millrace/adapter-postgres'
import { sql } from 'kysely'
import { startTestPostgres } from '../../bin/tasks/test-postgres.ts'

/** Runs with the address of an empty database: on the server that MILLRACE_TEST_POSTGRES_URL names, else on one started for this. */
export async function withPostgres<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const given = process.env['MILLRACE_TEST_POSTGRES_URL']
  const server = given === undefined ? await startTestPostgres() : undefined
  const address = given ?? server?.url ?? ''
  const name = `millrace_bench_${randomUUID().replaceAll('-', '')}`
  try {
    await execute(address, `create database ${name}`)
    const own = new URL(address)
    own.pathname = `/${name}`
    try {
      return await work(own.href)
    } finally {
      await execute(address, `drop database ${name} with (force)`)
    }
  } finally {
    await server?.stop()
  }
}

async function execute(address: string, statement: string): Promise<void> {
  const database = connectPostgres(address)
  await sql.raw(statement).execute(database.reader)
  await database.close()
}
