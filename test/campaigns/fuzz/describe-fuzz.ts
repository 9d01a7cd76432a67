import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers, startServer } from '../../journeys/server-process.ts'
import { createOwnDatabase } from '../own-database.ts'
import { brokenLogLines, runFuzz } from './fuzz-campaign.ts'

/** What the server may take more at the end than after a tenth of the requests: a heap that has not been collected yet. */
const growthMib = 400

/** The fuzzing campaign as a test: so many requests from a seed, which `MILLRACE_FUZZ_SEED` replaces. */
export function describeFuzz(requests: number, usualSeed: number): void {
  const seed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? usualSeed)
  describe(`${requests} malformed requests (MILLRACE_FUZZ_SEED=${seed})`, () => {
    const cleanUp: (() => Promise<void>)[] = []

    afterAll(async () => {
      await endServers()
      for (const step of cleanUp) await step()
    })

    // PostgreSQL refuses texts and numbers that SQLite takes.
    it.each(['SQLite', 'PostgreSQL'])(
      'are answered, none with a fault of ours, and leave the server as it was: %s',
      async (store) => {
        const folder = await mkdtemp(join(tmpdir(), 'millrace-fuzz-'))
        cleanUp.push(() => rm(folder, { recursive: true, force: true }))
        const database = store === 'PostgreSQL' ? await createOwnDatabase() : undefined
        if (database !== undefined) cleanUp.push(() => database.drop())
        const at = database === undefined ? [] : ['--database-url', database.url]
        const flags = ['--log-level', 'info', '--body-limit-mb', '4', ...at]
        const server = await startServer(join(folder, 'data'), { flags })
        const { faults, ...result } = await runFuzz({ url: server.url, pid: server.pid, seed, requests })
        console.log(`${store}, seed ${seed}: ${JSON.stringify(result)}`)
        expect(faults.slice(0, 10).join('\n\n')).toBe('')
        expect(brokenLogLines(server.errors()).slice(0, 5)).toEqual([])
        const [first = 0] = result.memoryMib
        expect((result.memoryMib.at(-1) ?? 0) - first).toBeLessThan(growthMib)
        // Requests that are all refused at the door would find nothing behind it.
        expect((result.answers['200'] ?? 0) / result.sent).toBeGreaterThan(0.1)
      },
    )
  })
}
