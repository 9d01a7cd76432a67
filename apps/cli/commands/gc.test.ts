import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { call, seenRun, serve, start, stop, writeRun } from '../testing/program.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-gc-command-'))
const server = await serve(join(folder, 'data'))

afterAll(async () => {
  await stop(server, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

it(
  'millrace gc shows what it would free, frees that, and leaves what a registered version stands on',
  { timeout: 120_000 },
  async () => {
    const run = async (...argv: string[]) => {
      const done = await start(argv, server.url).ended
      expect([done.code, done.err]).toEqual([0, ''])
      return done.out
    }
    const [gone, kept, registered] = [await writeRun(server, 1), await writeRun(server, 2), await writeRun(server, 3)]
    await call(server, 'PUT', '/models/late', {})
    const version = { runId: registered.id, artifactPath: 'model/weights.bin' }
    await call(server, 'POST', '/models/late/versions', version)
    await call(server, 'DELETE', `/runs/${gone.id}`)
    await expect(call(server, 'DELETE', `/runs/${registered.id}`)).rejects.toThrow('kernel/held')
    expect(await run('trash', 'list')).toContain(gone.id)
    // Deleted just now, and its file is of today.
    expect(await run('gc', '--dry-run')).toContain('0 runs')
    expect(await run('gc', '--dry-run', '--older-than', '0d')).toContain('1 stay for now')
    expect(await run('gc', '--dry-run', '--older-than', '0d', '--grace', '0m')).toContain('1 runs')
    expect(await run('trash', 'list')).toContain(gone.id)
    const freed = JSON.parse(await run('gc', '--older-than', '0d', '--grace', '0m', '--json')) as unknown // what it prints
    expect(freed).toMatchObject({ dryRun: false, runs: 1, files: 1, bytes: 2001, held: [] })
    expect(await run('trash', 'list')).not.toContain(gone.id)
    for (const each of [kept, registered]) expect((await seenRun(server, each.id)).digest).toBe(each.digest)
    expect(await run('quota', '--runs', '2')).toContain('2 runs')
    expect(await run('usage')).toContain('Warning: 2 of 2 runs are used (100 %).')
    await expect(writeRun(server, 4)).rejects.toThrow('experiment-tracking/quota-exceeded')
  },
)
