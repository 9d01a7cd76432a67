import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers } from '../../journeys/server-process.ts'
import { createOwnDatabase } from '../own-database.ts'
import { runWriters } from './writers-campaign.ts'

const writers = 32

/** A store with the processes that write to it. */
export interface WrittenStore {
  readonly name: string
  readonly servers: number
  readonly onPostgres: boolean
}

/** The writers' campaign as a test of each store; `MILLRACE_CRASH_SEED` and `MILLRACE_CRASH_KILLS` replace its numbers. */
export function describeWriters(usual: { kills: number; seed: number }, stores: readonly WrittenStore[]): void {
  const seed = Number(process.env['MILLRACE_CRASH_SEED'] ?? usual.seed)
  const kills = Number(process.env['MILLRACE_CRASH_KILLS'] ?? usual.kills)
  describe(`kill -9 under ${writers} writers, ${kills} times (MILLRACE_CRASH_SEED=${seed} repeats them)`, () => {
    const cleanUp: (() => Promise<void>)[] = []

    afterAll(async () => {
      await endServers()
      for (const step of cleanUp) await step()
    })

    it.each(stores)('keeps every acknowledged write exactly once: $name', async ({ name, servers, onPostgres }) => {
      const database = onPostgres ? await createOwnDatabase() : undefined
      if (database !== undefined) cleanUp.push(() => database.drop())
      const folder = await mkdtemp(join(tmpdir(), 'millrace-writers-'))
      cleanUp.push(() => rm(folder, { recursive: true, force: true }))
      const store = { databaseUrl: database?.url, settled: database?.settled }
      const result = await runWriters({ folder, seed, writers, kills, servers, ...store })
      console.log(`${name}, seed ${seed}: ${JSON.stringify(result)}`)
      expect(result).toMatchObject({ kills, broken: [] })
    })
  })
}
