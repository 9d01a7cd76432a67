import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers } from '../../journeys/server-process.ts'
import { createOwnDatabase } from '../own-database.ts'
import { Servers } from '../writers/servers.ts'
import { raceAll } from './race-all.ts'

/** All races as tests, so many times each. */
export function describeRaces(times: number): void {
  describe(`eight clients that race for one thing, ${times} times each`, () => {
    const cleanUp: (() => Promise<void>)[] = []

    afterAll(async () => {
      await endServers()
      for (const step of cleanUp) await step()
    })

    it.each([
      ['one server on SQLite', 1, false],
      ['three servers on one PostgreSQL', 3, true],
    ] as const)('have one defined outcome and lose nothing: %s', async (_what, count, onPostgres) => {
      const database = onPostgres ? await createOwnDatabase() : undefined
      if (database !== undefined) cleanUp.push(() => database.drop())
      const folder = await mkdtemp(join(tmpdir(), 'millrace-races-'))
      cleanUp.push(() => rm(folder, { recursive: true, force: true }))
      const servers = await Servers.start({ folder, servers: count, databaseUrl: database?.url })
      const urls = Array.from({ length: count }, (_server, at) => servers.url(at))
      expect(await raceAll(urls, times)).toEqual([])
      for (let at = 0; at < count; at += 1) expect(servers.errors(at)).not.toMatch(/a request failed|kernel\/internal/)
    })
  })
}
