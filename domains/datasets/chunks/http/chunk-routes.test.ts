import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { systemActor } from '@millrace/kernel'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { DatasetProfile, DatasetVersion, ManifestEntry } from '../../contract.ts'
import { createFrameReader, frameHeadBytes } from '../../contract.ts'
import { createDatasets, deleteVersion, localFiles, resolveByDigest, tableSource } from '../../domain.ts'
import { cutEntry, frameOf, noise, pushFiles, sendChunks, sendEntries } from '../../testing/a-chunked-version.ts'
import { flightsCsv, register } from '../../testing/a-dataset.ts'

const root = '/api/millrace/v1/w/default'
const context = { actor: systemActor('test'), workspace: 'default' }

onEachStore((openStore) => {
  const start = async () => testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)] })
  type Kernel = Awaited<ReturnType<typeof start>>
  const fileOf = async (t: Kernel, id: string, path: string, headers = {}) =>
    (await t.app.inject({ url: `${root}/dataset-versions/${id}/files/${path}`, headers })).rawPayload

  describe('a version in chunks', () => {
    it('gives back every byte, whole, by range, by chunk and as a list', async () => {
      const t = await start()
      const big = noise('big', 700_000)
      const files = { 'a/big.bin': big, empty: '', 'ünï ☃.txt': 'hello' }
      const link: ManifestEntry = { path: 'l', link: 'a/big.bin' }
      const version = await pushFiles(t, 'any', files, { message: 'First' }, [link])
      expect(version).toMatchObject({
        version: 'v1',
        storage: 'chunks',
        format: 'files',
        fileCount: 4,
        message: 'First',
        tables: [],
      })
      expect((await fileOf(t, version.id, 'a/big.bin')).equals(big)).toBe(true)
      const part = await fileOf(t, version.id, 'a/big.bin', { range: 'bytes=100000-500001' })
      expect(part.equals(big.subarray(100_000, 500_002))).toBe(true)
      expect((await fileOf(t, version.id, 'empty')).length).toBe(0)
      expect((await fileOf(t, version.id, encodeURIComponent('ünï ☃.txt'))).toString()).toBe('hello')
      const listed = (await t.app.inject(`${root}/dataset-versions/${version.id}/manifest`)).body.trim().split('\n')
      const entries = listed.map((line) => JSON.parse(line) as ManifestEntry) // the route's answer
      expect(entries.map(({ path }) => path)).toEqual(['a/big.bin', 'empty', 'l', 'ünï ☃.txt'])
      const { entry, chunks } = cutEntry('a/big.bin', big)
      const digests = (entry.chunks ?? []).map(([digest]) => digest)
      const url = `${root}/dataset-versions/${version.id}/chunks`
      const answer = await t.app.inject({ method: 'POST', url, payload: { digests } })
      const frames = createFrameReader().push(answer.rawPayload)
      expect(frames.map(({ bytes }) => Buffer.from(bytes.subarray(frameHeadBytes)))).toEqual(
        chunks.map((chunk) => Buffer.from(chunk)),
      )
    })
    it('shares its chunks with the version before, also where bytes were inserted', async () => {
      const t = await start()
      const before = noise('data', 2_000_000)
      await pushFiles(t, 'any', { 'data.bin': before })
      const after = Buffer.concat([before.subarray(0, 1_000_000), Buffer.from('inserted'), before.subarray(1_000_000)])
      const next = await pushFiles(t, 'any', { 'data.bin': after })
      expect(next.version).toBe('v2')
      expect(next.sentChunks).toBeLessThanOrEqual(2)
      expect((await fileOf(t, next.id, 'data.bin')).equals(after)).toBe(true)
    })
    it('is the same version when the same content comes again, in chunks or as whole files', async () => {
      const t = await start()
      const { version: whole } = await register(t, 'flights', 'f.csv', flightsCsv(30))
      const again = await pushFiles(t, 'flights', { 'f.csv': flightsCsv(30) })
      expect(again.id).toBe(whole.id)
      const first = await pushFiles(t, 'other', { 'f.csv': flightsCsv(30) }, { version: 'a' })
      expect((await pushFiles(t, 'other', { 'f.csv': flightsCsv(30) }, { version: 'a' })).id).toBe(first.id)
      const { entry } = cutEntry('f.csv', Buffer.from(flightsCsv(30)))
      const taken = await sendEntries(t, 'other', [{ ...entry, executable: true }], { version: 'a' })
      expect(taken.json()).toMatchObject({ status: 409, code: 'datasets/version-exists' })
    })
    it('has schema and profile as a version of whole files has, and splits and readers find its table', async () => {
      const t = await start()
      const csv = flightsCsv(90)
      const version = await pushFiles(
        t,
        'flights',
        { 'f.csv': csv, 'README.md': '# Flights' },
        { timeColumn: 'at', version: 'all' },
      )
      expect(version).toMatchObject({ rowCount: 90, format: 'csv', fileCount: 2 })
      const profile = (await t.app.inject(`${root}/dataset-versions/${version.id}/profile`)).json<DatasetProfile>()
      expect(profile.columns.map(({ name }) => name)).toEqual(['at', 'delay', 'origin'])
      const [file] = await localFiles(t.runtime, context, version.id)
      expect(await readFile(file?.path ?? '', 'utf8')).toBe(csv)
      const [row] = await t.runtime.analytics.rows(
        `select count(*) as n from ${await tableSource(t.runtime, context, version.id)}`,
      )
      expect(row).toEqual({ n: 90 })
      const payload = { version: 'january', fromMs: Date.UTC(2001, 0, 1), toMs: Date.UTC(2001, 1, 1) }
      const split = await t.app.inject({ method: 'POST', url: `${root}/datasets/flights/versions/all/splits`, payload })
      expect(split.json()).toMatchObject({ rowCount: 31, format: 'parquet', storage: 'whole' })
    })
    it('keeps several tables apart, and says which cannot be read', async () => {
      const t = await start()
      const version = await pushFiles(t, 'shop', {
        'orders/1.csv': 'id,sum\n1,2\n',
        'orders/2.csv': 'id,sum\n2,3.5\n',
        'people.jsonl': '{"name":"ann","v":1}\n{"name":"bob"}\n',
        'broken.parquet': 'PAR1 and no end',
      })
      expect(version.tables.map(({ name, rowCount, problem }) => [name, rowCount, problem === undefined])).toEqual([
        ['orders/*.csv', 2, true],
        ['people.jsonl', 2, true],
        ['broken.parquet', 0, false],
      ])
      const url = `${root}/dataset-versions/${version.id}/profile`
      const people = (await t.app.inject(`${url}?table=people.jsonl`)).json<DatasetProfile>()
      expect(people.columns.map(({ name, nulls }) => [name, nulls])).toEqual([
        ['name', 0],
        ['v', 1],
      ])
      expect((await t.app.inject(url)).json()).toMatchObject({ status: 400, code: 'datasets/no-such-table' })
      await expect(localFiles(t.runtime, context, version.id)).rejects.toThrow('orders/*.csv')
    })
    it('is refused when its only table cannot be read, and taken as files when that is meant', async () => {
      const t = await start()
      const { entry, chunks } = cutEntry('a.parquet', Buffer.from('PAR1 and no end'))
      await sendChunks(t, 'bad', Buffer.concat(chunks.map((chunk) => frameOf(chunk))))
      expect((await sendEntries(t, 'bad', [entry])).json()).toMatchObject({ status: 400, code: 'datasets/unreadable' })
      expect((await sendEntries(t, 'bad', [entry], { asFiles: true })).json()).toMatchObject({
        format: 'files',
        rowCount: 0,
      })
    })
    it('is found by what another system calls it', async () => {
      const t = await start()
      const version = await pushFiles(t, 'flights', { 'f.csv': flightsCsv(3) })
      const find = async (input: { digest?: string; source?: string; name?: string }) =>
        (await t.ask(resolveByDigest, input)).version?.id
      expect(await find({ digest: version.digest })).toBe(version.id)
      expect(await find({ digest: version.digest.slice(7, 7 + 16), name: 'flights' })).toBe(version.id)
      expect(await find({ digest: version.digest, name: 'others' })).toBeUndefined()
      expect(await find({ source: JSON.stringify({ uri: 'datasets:/flights@v1' }) })).toBe(version.id)
      expect(
        await find({ source: `http://x/api/millrace/v1/w/default/dataset-versions/${version.id}/files/f.csv` }),
      ).toBe(version.id)
      expect(await find({ digest: 'abcdef12' })).toBeUndefined()
      expect(await find({ source: 'datasets:/%%%@' })).toBeUndefined()
    })
  })

  describe('an upload of chunks', () => {
    const bytes = noise('x', 5000)
    it.each([
      ['bytes of another digest', frameOf(bytes, { digest: hash('sha256', 'other') })],
      ['a packed chunk that unpacks to more', bomb()],
      ['a frame that is cut off', frameOf(bytes).subarray(0, 4000)],
      ['no frame at all', Buffer.from('x'.repeat(200))],
      ['nothing', Buffer.alloc(0)],
      ['a good chunk and a bad one', Buffer.concat([frameOf(bytes), frameOf(bytes, { digest: 'f'.repeat(64) })])],
    ])('is refused with %s, and nothing of it is kept', async (_what, body) => {
      const t = await start()
      const answer = await sendChunks(t, 'any', body)
      expect(answer.json()).toMatchObject({ status: 400, code: 'datasets/bad-chunks' })
      const { missing } = await missingOf(t, [hash('sha256', bytes)])
      expect(missing).toHaveLength(1)
      const left: string[] = []
      for await (const { key } of t.runtime.objects.list('datasets')) left.push(key)
      expect(left).toEqual([])
    })
    it('may be sent twice, and by two at once', async () => {
      const t = await start()
      const body = Buffer.concat([frameOf(bytes, { zstd: false }), frameOf(noise('y', 3000))])
      const answers = await Promise.all(Array.from({ length: 6 }, () => sendChunks(t, 'any', body)))
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200, 200])
      const files = { a: bytes, b: noise('y', 3000) }
      const versions = await Promise.all(Array.from({ length: 4 }, () => pushFiles(t, 'any', files)))
      expect(new Set(versions.map(({ id }) => id)).size).toBe(1)
      expect((await fileOf(t, versions[0]?.id ?? '', 'b')).equals(noise('y', 3000))).toBe(true)
    })
    const missingOf = async (t: Kernel, digests: string[]) =>
      (await t.app.inject({ method: 'POST', url: `${root}/datasets/any/missing-chunks`, payload: { digests } })).json<{
        missing: string[]
      }>()
  })

  describe('registering a manifest', () => {
    it('is refused when chunks are missing, files are not what they are said to be, or paths lead out', async () => {
      const t = await start()
      const { entry, chunks } = cutEntry('big', noise('big', 300_000))
      expect((await sendEntries(t, 'any', [entry])).json()).toMatchObject({
        status: 409,
        code: 'datasets/chunks-missing',
      })
      await sendChunks(t, 'any', Buffer.concat(chunks.map((chunk) => frameOf(chunk))))
      const wrong = { ...entry, digest: `sha256:${'1'.repeat(64)}` }
      expect((await sendEntries(t, 'any', [wrong])).json()).toMatchObject({
        status: 400,
        code: 'datasets/wrong-digest',
      })
      const swapped = { ...entry, chunks: entry.chunks?.toReversed() }
      expect((await sendEntries(t, 'any', [swapped])).json()).toMatchObject({
        status: 400,
        code: 'datasets/wrong-digest',
      })
      for (const bad of [{ ...entry, path: '../big' }, { path: 'l', link: '/etc/passwd' }, { path: 'x' }, 7, null]) {
        expect((await sendEntries(t, 'any', [bad])).json()).toMatchObject({
          status: 400,
          code: 'datasets/bad-manifest',
        })
      }
      expect((await sendEntries(t, 'any', [])).json()).toMatchObject({ status: 400, code: 'datasets/bad-manifest' })
      expect(await t.events()).toHaveLength(0)
      expect((await sendEntries(t, 'any', [entry])).statusCode).toBe(200)
    })
    it('lets nobody read chunks of a version by another', async () => {
      const t = await start()
      const secret = await pushFiles(t, 'secret', { s: 'secret' })
      const open = await pushFiles(t, 'open', { o: 'open' })
      const ask = (id: string) =>
        t.app.inject({
          method: 'POST',
          url: `${root}/dataset-versions/${id}/chunks`,
          payload: { digests: [hash('sha256', 'secret')] },
        })
      expect((await ask(open.id)).json()).toMatchObject({ status: 409, code: 'datasets/chunks-missing' })
      expect((await ask(secret.id)).statusCode).toBe(200)
      const elsewhere = await t.app.inject({
        method: 'POST',
        url: '/api/millrace/v1/w/other/datasets/any/missing-chunks',
        payload: { digests: [hash('sha256', 'secret')] },
      })
      expect(elsewhere.json()).toEqual({ missing: [hash('sha256', 'secret')] })
    })
  })

  describe('collecting garbage', () => {
    const collect = async (t: Kernel, payload: object) =>
      (await t.app.inject({ method: 'POST', url: `${root}/dataset-garbage`, payload })).json<{
        freedBytes: number
        chunks: number
        files: number
        waitingBytes: number
        keptBytes: number
      }>()
    // Files carry the machine's time, so the clock of the test starts there.
    const startNow = async () =>
      testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)], startMs: Date.now() })
    const dayMs = 86_400_000
    it('frees what no version names after the grace period, and says so before', async () => {
      const t = await startNow()
      const kept = await pushFiles(t, 'any', { a: noise('a', 50_000) })
      const gone = await pushFiles(t, 'any', { b: noise('b', 60_000) })
      await t.act(deleteVersion, { id: gone.id })
      expect(await collect(t, {})).toMatchObject({ freedBytes: 0, chunks: 0 })
      t.clock.advance(2 * dayMs)
      const dry = await collect(t, {})
      expect(dry.chunks).toBeGreaterThan(0)
      expect(dry.freedBytes).toBeGreaterThan(60_000)
      expect(await collect(t, { dryRun: false })).toMatchObject({ chunks: dry.chunks, freedBytes: dry.freedBytes })
      expect(await collect(t, {})).toMatchObject({ freedBytes: 0, chunks: 0 })
      expect((await fileOf(t, kept.id, 'a')).equals(noise('a', 50_000))).toBe(true)
      expect((await pushFiles(t, 'any', { b: noise('b', 60_000) })).sentChunks).toBeGreaterThan(0)
    })
    it('spares chunks that an upload under way counts on, though it has not sent them', async () => {
      const t = await startNow()
      const files = { b: noise('b', 40_000) }
      const gone = await pushFiles(t, 'any', files)
      await t.act(deleteVersion, { id: gone.id })
      t.clock.advance(2 * dayMs)
      const { entry } = cutEntry('b', files.b)
      const digests = [entry.digest.slice(7), ...(entry.chunks ?? []).map(([digest]) => digest)]
      await t.app.inject({ method: 'POST', url: `${root}/datasets/any/missing-chunks`, payload: { digests } })
      await collect(t, { dryRun: false })
      expect((await sendEntries(t, 'any', [entry])).statusCode).toBe(200)
      const version = (await t.app.inject(`${root}/datasets/any/versions/latest`)).json<DatasetVersion>()
      expect((await fileOf(t, version.id, 'b')).equals(files.b)).toBe(true)
    })
    it('writes a pack anew when less than half of it is needed', async () => {
      const t = await startNow()
      const files = { a: noise('a', 10_000), b: noise('b', 90_000) }
      const both = await pushFiles(t, 'any', files)
      const one = await pushFiles(t, 'any', { a: files.a })
      await t.act(deleteVersion, { id: both.id })
      t.clock.advance(2 * dayMs)
      const { freedBytes } = await collect(t, { dryRun: false })
      expect(freedBytes).toBeGreaterThan(90_000)
      expect((await fileOf(t, one.id, 'a')).equals(files.a)).toBe(true)
    })
    it('frees whole files of deleted versions and of uploads that were never registered, of no other workspace', async () => {
      const t = await startNow()
      const { version } = await register(t, 'flights', 'f.csv', flightsCsv(30))
      const { version: gone } = await register(t, 'flights', 'f.csv', flightsCsv(31))
      await t.act(deleteVersion, { id: gone.id })
      t.clock.advance(2 * dayMs)
      const other = await t.app.inject({
        method: 'POST',
        url: '/api/millrace/v1/w/other/dataset-garbage',
        payload: { dryRun: true },
      })
      expect(other.json()).toMatchObject({ files: 0 })
      // A process that has just registered it spares it, whatever the clock of the test says.
      expect(await collect(t, { dryRun: false })).toMatchObject({ files: 0 })
      expect((await fileOf(t, version.id, 'f.csv')).toString()).toBe(flightsCsv(30))
    })
    it('never frees what a held version names, since that cannot be deleted', async () => {
      const t = await startNow()
      const source = await pushFiles(t, 'flights', { 'f.csv': flightsCsv(60) }, { version: 'all', timeColumn: 'at' })
      const payload = { version: 'january', fromMs: Date.UTC(2001, 0, 1), toMs: Date.UTC(2001, 1, 1) }
      await t.app.inject({ method: 'POST', url: `${root}/datasets/flights/versions/all/splits`, payload })
      await expect(t.act(deleteVersion, { id: source.id })).rejects.toThrow('was made from it')
      t.clock.advance(2 * dayMs)
      await collect(t, { dryRun: false })
      expect((await fileOf(t, source.id, 'f.csv')).toString()).toBe(flightsCsv(60))
    })
  })
})

/** A frame whose body unpacks to a hundred times what it says. */
function bomb(): Buffer {
  const body = frameOf(new Uint8Array(100_000), { zstd: true })
  body.writeUInt32BE(1000, 8)
  return body
}
