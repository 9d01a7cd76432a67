import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers, startServer } from '../../journeys/server-process.ts'
import { runSoak } from './soak-campaign.ts'

/** What memory may grow by after the first third, whatever was written: caches and a heap that is not collected yet. */
const growthMib = 200
const moreHandles = 32

/** The soak as a test: mixed load for so many seconds, which `MILLRACE_SOAK_SECONDS` replaces. */
export function describeSoak(usualSeconds: number): void {
  const seconds = Number(process.env['MILLRACE_SOAK_SECONDS'] ?? usualSeconds)
  describe(`mixed load for ${seconds} s`, () => {
    const opened: { folder?: string } = {}

    afterAll(async () => {
      await endServers()
      if (opened.folder !== undefined) await rm(opened.folder, { recursive: true, force: true })
    })

    it('leaves memory and handles flat, and every request answered', async () => {
      opened.folder = await mkdtemp(join(tmpdir(), 'millrace-soak-'))
      const server = await startServer(join(opened.folder, 'data'))
      const result = await runSoak({ url: server.url, pid: server.pid, seed: 1, seconds })
      console.log(`${seconds} s: ${JSON.stringify(result)}`)
      expect(result.refused).toEqual([])
      expect((result.memoryMib[9] ?? 0) - (result.memoryMib[3] ?? 0)).toBeLessThan(growthMib)
      expect((result.handles[9] ?? 0) - (result.handles[3] ?? 0)).toBeLessThan(moreHandles)
      expect(server.errors()).not.toMatch(/a request failed|kernel\/internal/)
      await server.stop()
    })
  })
}
