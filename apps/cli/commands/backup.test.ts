import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../testing/program.ts'
import { call, seenRun as seen, serve as startServer, start, stop, writeRun } from '../testing/program.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-backup-command-'))
const at = (...path: string[]) => join(folder, ...path)
const running: Server[] = []

async function serve(dataDir: string): Promise<Server> {
  const server = await startServer(dataDir)
  running.push(server)
  return server
}

const source: { server?: Server } = {}

beforeAll(async () => {
  source.server = await serve(at('data'))
}, 60_000)

afterAll(async () => {
  await Promise.all(running.map((server) => stop(server, 'SIGKILL')))
  await rm(folder, { recursive: true, force: true })
})

describe('millrace backup and restore', { timeout: 180_000 }, () => {
  it('copy a server that is being written to, so that all it had acknowledged is there, and the audit chain is whole', async () => {
    const server = source.server ?? (await serve(at('data')))
    const acknowledged: { id: string; digest: string }[] = []
    for (let step = 0; step < 20; step += 1) acknowledged.push(await writeRun(server, step))
    const writing = { on: true }
    const writers = [100, 200, 300].map(async (from) => {
      for (let step = from; writing.on; step += 1) await writeRun(server, step)
    })
    const taken = await start(['backup', at('b.tar.zst'), '--data-dir', at('data'), '--json']).ended
    expect([taken.code, taken.err]).toEqual([0, ''])
    writing.on = false
    await Promise.all(writers)
    const before = await Promise.all(acknowledged.map(({ id }) => seen(server, id)))

    const put = await start(['restore', at('b.tar.zst'), '--data-dir', at('restored'), '--json']).ended
    expect([put.code, put.err]).toEqual([0, ''])
    expect(JSON.parse(put.out)).toMatchObject({ auditIsWhole: true })
    const restored = await serve(at('restored'))
    const after = await Promise.all(acknowledged.map(({ id }) => seen(restored, id)))
    expect(after).toEqual(before)
    expect(after.map(({ digest }) => digest)).toEqual(acknowledged.map(({ digest }) => digest))
    // Whatever else came into the backup is there with its bytes.
    const { items } = await call<{ items: { id: string }[] }>(restored, 'POST', '/runs/search', { limit: 1000 })
    for (const { id } of items) {
      const { items: files } = await call<{ items: { path: string; digest: string }[] }>(
        restored,
        'GET',
        `/runs/${id}/artifacts?recursive=true`,
      )
      for (const { digest } of files) expect((await seen(restored, id)).digest).toBe(digest)
    }
    expect(await call(restored, 'GET', '/audit/verification')).toMatchObject({ ok: true })
    const again = await start(['restore', at('b.tar.zst'), '--data-dir', at('restored')]).ended
    expect([again.code, again.err]).toEqual([3, expect.stringContaining('in use')])
  })

  it('leave nothing that looks like a backup when they are killed', async () => {
    const server = source.server ?? (await serve(at('data')))
    const { id } = await writeRun(server, 1)
    await call(server, 'PUT', `/runs/${id}/artifacts/large.bin`, randomBytes(60_000_000))
    const { child, ended } = start(['backup', at('killed.tar.zst'), '--data-dir', at('data')])
    while (!(await readdir(folder)).some((name) => name.startsWith('killed.tar.zst.partial'))) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    child.kill('SIGKILL')
    await ended
    expect((await readdir(folder)).filter((name) => name === 'killed.tar.zst')).toEqual([])
  })

  it('keep many backups in one folder, and copy only what is new', async () => {
    const server = source.server ?? (await serve(at('data')))
    const first = await start(['backup', at('many'), '--data-dir', at('data'), '--json']).ended
    const { id } = await writeRun(server, 7)
    const second = await start(['backup', at('many'), '--data-dir', at('data'), '--json']).ended
    expect([first.code, second.code]).toEqual([0, 0])
    const [one, two] = [first, second].map(
      ({ out }) => JSON.parse(out) as { id: string; files: number; newFiles: number }, // what the command prints
    )
    expect(two?.newFiles).toBeLessThanOrEqual(2)
    expect(two?.files).toBe((one?.files ?? 0) + 1)
    const put = await start(['restore', at('many'), '--id', two?.id ?? '', '--data-dir', at('again'), '--json']).ended
    expect([put.code, put.err]).toEqual([0, ''])
    const restored = await serve(at('again'))
    expect(await seen(restored, id)).toEqual(await seen(server, id))
  })
})
