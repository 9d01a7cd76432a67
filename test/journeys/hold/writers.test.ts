import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createOwnDatabase } from '../../campaigns/own-database.ts'
import { runWriters } from '../../campaigns/writers/writers-campaign.ts'
import { endServers } from '../server-process.ts'

const seed = Number(process.env['MILLRACE_CRASH_SEED'] ?? 11)
const kills = 3
const writers = 32
const folder = await mkdtemp(join(tmpdir(), 'millrace-writers-'))
const cleanUp: (() => Promise<void>)[] = []

afterAll(async () => {
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

describe(`kill -9 under ${writers} writers, ${kills} times (MILLRACE_CRASH_SEED=${seed})`, () => {
  it.each([
    ['one server on SQLite', 1, false],
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
