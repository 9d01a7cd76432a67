import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Server } from '../testing/program.ts'
import { call, digestAt, digestOf, seenRun, serve as startServer, start, stop, writeRun } from '../testing/program.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-export-command-'))
const at = (...path: string[]) => join(folder, ...path)
const running: Server[] = []

async function serve(dataDir: string): Promise<Server> {
  const server = await startServer(dataDir)
  running.push(server)
  return server
}

afterAll(async () => {
  await Promise.all(running.map((server) => stop(server, 'SIGKILL')))
  await rm(folder, { recursive: true, force: true })
})

interface Version {
  readonly id: string
  readonly digest: string
  readonly runId: string
}

/** A run that used data, and is a registered model with an alias. */
async function writeAll(server: Server) {
  const table = Buffer.from('delay,late\n1,0\n20,1\n')
  const { digest } = await call<{ digest: string }>(server, 'POST', '/datasets/flights/uploads?path=flights.csv', table)
  const data = await call<{ id: string }>(server, 'POST', '/datasets/flights/versions', {
    version: 'first',
    files: [{ path: 'flights.csv', digest }],
  })
  const run = await writeRun(server, 1)
  const { id: usingId } = await call<{ id: string }>(server, 'POST', '/runs', {
    experiment: 'e',
    parentRunId: run.id,
    data: [{ version: 'datasets:/flights@first' }],
  })
  await call(server, 'PUT', '/models/late', {})
  const version = await call<Version>(server, 'POST', '/models/late/versions', {
    runId: run.id,
    artifactPath: 'model/weights.bin',
  })
  await call(server, 'PUT', '/models/late/aliases/champion', { version: 1 })
  return { run, usingId, version, data, tableDigest: digestOf(table) }
}

type Written = Awaited<ReturnType<typeof writeAll>>

async function expectAll(server: Server, workspace: string, written: Written, idsStay: boolean): Promise<void> {
  const get = <T>(path: string) => call<T>(server, 'GET', path, undefined, workspace)
  const { run, usingId, version, data, tableDigest } = written
  expect((await seenRun(server, run.id, workspace)).digest).toBe(run.digest)
  const model = await get<{ aliases: Record<string, number> }>('/models/late')
  expect(model.aliases).toEqual({ champion: 1 })
  const found = await get<Version>('/models/late/versions/1')
  expect(found).toMatchObject({ digest: version.digest, runId: run.id })
  expect(found.id === version.id).toBe(idsStay)
  const dataThere = await get<{ id: string }>('/datasets/flights/versions/first')
  expect(dataThere.id === data.id).toBe(idsStay)
  expect(await digestAt(server, `/dataset-versions/${dataThere.id}/files/flights.csv`, workspace)).toBe(tableDigest)
  const using = await get<{ data: { versionId: string }[]; parentRunId: string }>(`/runs/${usingId}`)
  expect(using).toMatchObject({ parentRunId: run.id, data: [{ versionId: dataThere.id }] })
  const graph = await get<{ edges: { to: { id: string } }[] }>(`/lineage/run/${usingId}?direction=upstream`)
  expect(graph.edges.map(({ to }) => to.id)).toContain(dataThere.id)
}

describe('millrace export and import', { timeout: 240_000 }, () => {
  it('bring a workspace to another server and to another workspace of the same, once however often', async () => {
    const source = await serve(at('data'))
    const written = await writeAll(source)
    const before = await seenRun(source, written.run.id)
    const exported = await start(['export', '--workspace', 'default', at('w.tar.zst'), '--data-dir', at('data')]).ended
    expect([exported.code, exported.err]).toEqual([0, ''])
    await stop(source)

    const bring = async (into: string, dataDir: string) => {
      const done = await start(['import', at('w.tar.zst'), '--into', into, '--data-dir', dataDir, '--json']).ended
      expect([done.code, done.err]).toEqual([0, ''])
      return JSON.parse(done.out) as { rows: number; files: number; evidence: string } // what the command prints
    }
    const first = await bring('default', at('other'))
    expect(await bring('default', at('other'))).toMatchObject({ rows: 0, files: 0 })
    expect((await readFile(first.evidence, 'utf8')).split('\n').some((line) => line.includes(written.run.id))).toBe(
      true,
    )
    const other = await serve(at('other'))
    await expectAll(other, 'default', written, true)
    expect(await seenRun(other, written.run.id)).toEqual(before)
    expect(await call(other, 'GET', '/audit/verification')).toMatchObject({ ok: true })
    await expect(call(other, 'DELETE', `/runs/${written.run.id}`)).rejects.toThrow('kernel/held')

    await bring('second', at('data'))
    expect(await bring('second', at('data'))).toMatchObject({ rows: 0, files: 0 })
    const both = await serve(at('data'))
    await expectAll(both, 'default', written, true)
    await expectAll(both, 'second', written, false)
  })

  it('refuse what is not theirs', async () => {
    const server = await serve(at('small'))
    await call(server, 'PUT', '/models/late', {})
    await stop(server)
    const settings = ['--data-dir', at('small')]
    expect((await start(['backup', at('s.tar.zst'), ...settings]).ended).code).toBe(0)
    expect((await start(['import', at('s.tar.zst'), ...settings]).ended).err).toContain('not an export of a workspace')
    const whole = ['restore', at('w.tar.zst'), '--data-dir', at('nowhere')]
    expect((await start(whole).ended).err).toContain('not a backup of a server')
    const taken = await start(['import', at('w.tar.zst'), '--into', 'default', ...settings]).ended
    expect([taken.code, taken.err]).toEqual([3, expect.stringContaining('another model "late"')])
    const missing = await start(['export', '--workspace', 'nobody', at('n.tar.zst'), ...settings]).ended
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('no workspace "nobody"')])
  })
})
