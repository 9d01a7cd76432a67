import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createOwnDatabase } from '../../campaigns/own-database.ts'
import { raceAll } from '../../campaigns/races/race-all.ts'
import { Servers } from '../../campaigns/writers/servers.ts'
import { endServers } from '../server-process.ts'

const times = Number(process.env['MILLRACE_RACES'] ?? 5)
const folder = await mkdtemp(join(tmpdir(), 'millrace-races-'))
const cleanUp: (() => Promise<void>)[] = []

afterAll(async () => {
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

describe(`eight clients that race for one thing, ${times} times each`, () => {
  it.each([
    ['one server on SQLite', 1, false],
    ['three servers on one PostgreSQL', 3, true],
  ] as const)('have one defined outcome and lose nothing: %s', async (_what, count, onPostgres) => {
    const database = onPostgres ? await createOwnDatabase() : undefined
    if (database !== undefined) cleanUp.push(() => database.drop())
    const servers = await Servers.start({
      folder: await mkdtemp(join(folder, 'store-')),
      servers: count,
      databaseUrl: database?.url,
    })
    const urls = Array.from({ length: count }, (_server, at) => servers.url(at))
    expect(await raceAll(urls, times)).toEqual([])
    expect(servers.errors(0)).not.toMatch(/a request failed|kernel\/internal/)
  })
})
