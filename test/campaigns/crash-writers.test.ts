import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers } from '../journeys/server-process.ts'
import { createOwnDatabase } from './own-database.ts'
import { runWriters } from './writers/writers-campaign.ts'

const seed = Number(process.env['MILLRACE_CRASH_SEED'] ?? Math.floor(Math.random() * 1_000_000))
const kills = Number(process.env['MILLRACE_CRASH_KILLS'] ?? 100)
const writers = 32
const folder = await mkdtemp(join(tmpdir(), 'millrace-writers-'))
const cleanUp: (() => Promise<void>)[] = []

afterAll(async () => {
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

describe(`kill -9 under ${writers} writers, ${kills} times (MILLRACE_CRASH_SEED=${seed} repeats them)`, () => {
  it.each([
    ['one server on SQLite', 1, false],
    ['one server on PostgreSQL', 1, true],
    ['three servers on one PostgreSQL', 3, true],
  ] as const)('keeps every acknowledged write exactly once: %s', async (what, servers, onPostgres) => {
    const database = onPostgres ? await createOwnDatabase() : undefined
    if (database !== undefined) cleanUp.push(() => database.drop())
    const own = await mkdtemp(join(folder, 'store-'))
    const result = await runWriters({ folder: own, seed, writers, kills, servers, databaseUrl: database?.url })
    console.log(`${what}, seed ${seed}: ${JSON.stringify(result)}`)
    expect(result).toMatchObject({ kills, broken: [] })
  })
})
