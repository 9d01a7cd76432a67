import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { DatasetProfile, DatasetVersion } from '../contract.ts'
import { versionRegistered } from '../contract.ts'
import { createDatasets } from '../domain.ts'
import { flightsCsv, register, upload } from '../testing/a-dataset.ts'

const root = '/api/millrace/v1/w/default'

onEachStore((openStore) => {
  const start = async () => testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)] })

  describe('registering a version', () => {
    it('profiles uploaded files and says what they hold', async () => {
      const t = await start()
      const { version } = await register(t, 'flights', 'flights.csv', flightsCsv(90), '2001-q1')
      expect(version).toMatchObject({
        dataset: 'flights',
        version: '2001-q1',
        rowCount: 90,
        format: 'csv',
        createdBy: 'ann',
      })
      expect(version.columns).toEqual([
        { name: 'at', type: 'TIMESTAMP' },
        { name: 'delay', type: 'BIGINT' },
        { name: 'origin', type: 'VARCHAR' },
      ])
      const profile = (await t.app.inject(`${root}/dataset-versions/${version.id}/profile`)).json<DatasetProfile>()
      const [at, delay, origin] = profile.columns
      expect(at).toMatchObject({ kind: 'time', min: Date.UTC(2001, 0, 1), max: Date.UTC(2001, 2, 31), distinct: 90 })
      expect(delay).toMatchObject({ count: 90, nulls: 0, distinct: 50, distinctIsExact: true, min: 0, max: 49 })
      expect(delay?.histogram?.edges).toHaveLength(21)
      expect(delay?.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(90)
      expect(origin?.topValues).toEqual(['ATL', 'DFW', 'ORD'].map((value) => ({ value, count: 30 })))
    })
    it('tells the world and the audit, once', async () => {
      const t = await start()
      const first = await register(t, 'flights', 'flights.csv', flightsCsv(10))
      const again = await register(t, 'flights', 'flights.csv', flightsCsv(10))
      expect(again.version).toEqual(first.version)
      expect(first.version.version).toBe('v1')
      expect(await t.events(versionRegistered.eventName)).toHaveLength(1)
      expect(t.auditTrail.map((entry) => entry.action)).toEqual(['datasets.put-dataset', 'datasets.record-version'])
    })
    it('refuses other content under a name that is taken', async () => {
      const t = await start()
      await register(t, 'flights', 'flights.csv', flightsCsv(10), 'a')
      expect(await register(t, 'flights', 'flights.csv', flightsCsv(11), 'a')).toMatchObject({
        status: 409,
        problem: { code: 'datasets/version-exists' },
      })
    })
    it('takes a folder of several files as one version', async () => {
      const t = await start()
      const files = [
        { path: 'part/1.csv', digest: await upload(t, 'flights', 'part/1.csv', flightsCsv(3)) },
        { path: 'part/2.csv', digest: await upload(t, 'flights', 'part/2.csv', flightsCsv(4)) },
      ]
      const answer = await t.app.inject({
        method: 'POST',
        url: `${root}/datasets/flights/versions`,
        payload: { files },
      })
      const version = answer.json<DatasetVersion>()
      expect(version.files.map((file) => file.rowCount)).toEqual([3, 4])
      expect(version.rowCount).toBe(7)
    })
    it('keeps numbers beyond 2^53, not-a-numbers and empty columns apart', async () => {
      const t = await start()
      const csv = 'big,x,none\n9007199254740993,1.5,\n1,NaN,\n,inf,\n'
      const { version } = await register(t, 'odd', 'odd.csv', csv)
      const { columns } = (await t.app.inject(`${root}/dataset-versions/${version.id}/profile`)).json<DatasetProfile>()
      expect(columns[0]).toMatchObject({ max: '9007199254740993', nulls: 1 })
      expect(columns[1]).toMatchObject({ nonFinite: 2, min: 1.5, max: 1.5, mean: 1.5 })
      expect(columns[2]).toMatchObject({ count: 0, nulls: 3, distinct: 0 })
    })
    it.each([
      ['a truncated Parquet file', 'a.parquet', Buffer.from('PAR1 and no end'), 'datasets/unreadable'],
      ['an empty CSV file', 'a.csv', '', 'datasets/empty'],
      ['a CSV file with a head alone', 'a.csv', 'a,b\n', 'datasets/empty'],
      ['a CSV file of uneven rows', 'a.csv', 'a,b,c\n1,2,3\n4,5\n6,7,8,9\n', 'datasets/unreadable'],
      [
        'bytes that are no text as CSV',
        'a.csv',
        Buffer.from([0xff, 0xfe, 0x00, 0x2c, 0x0a, 0xff]),
        'datasets/unreadable',
      ],
      ['a file of another kind', 'a.xlsx', 'PK', 'datasets/unknown-format'],
    ])('refuses %s with a sentence', async (_what, path, body, code) => {
      const t = await start()
      const { status, problem } = await register(t, 'bad', path, body)
      expect({ status, code: problem.code }).toEqual({ status: 400, code })
      expect(problem.detail).not.toContain(t.runtime.dataDir)
      expect(await t.events()).toHaveLength(0)
    })
    it('takes a file larger than the largest JSON body, since it streams', async () => {
      const t = await testKernel({
        database: await openStore(),
        domains: (runtime) => [createDatasets(runtime)],
        settings: ['--body-limit-mb', '1'],
      })
      const body = flightsCsv(60_000)
      expect(body.length).toBeGreaterThan(1024 * 1024)
      const { version } = await register(t, 'flights', 'flights.csv', body)
      expect(version).toMatchObject({ rowCount: 60_000, sizeBytes: body.length })
    })
    it('refuses files that were never uploaded, and paths that lead out', async () => {
      const t = await start()
      const url = `${root}/datasets/flights/versions`
      const digest = `sha256:${'0'.repeat(64)}`
      const missing = await t.app.inject({ method: 'POST', url, payload: { files: [{ path: 'a.csv', digest }] } })
      expect(missing.json()).toMatchObject({ status: 400, code: 'datasets/not-uploaded' })
      for (const path of ['../a.csv', '/etc/passwd', 'a/../../b.csv', '%2e%2e/a.csv', 'a\\b.csv']) {
        const bad = await t.app.inject({
          method: 'POST',
          url: `${root}/datasets/flights/uploads?path=${encodeURIComponent(path)}`,
          payload: 'x',
        })
        expect([path, bad.statusCode]).toEqual([path, 400])
      }
    })
  })

  describe('splitting by time', () => {
    it('writes the rows of a span as a version of its own, derived from its source', async () => {
      const t = await start()
      const source = await register(t, 'flights', 'flights.csv', flightsCsv(90), 'all')
      const span = { column: 'at', fromMs: Date.UTC(2001, 1, 1), toMs: Date.UTC(2001, 2, 1) }
      const url = `${root}/datasets/flights/versions/all/splits`
      const answer = await t.app.inject({ method: 'POST', url, payload: { version: '2001-02', ...span } })
      const split = answer.json<DatasetVersion>()
      expect(split).toMatchObject({
        version: '2001-02',
        rowCount: 28,
        format: 'parquet',
        split: { of: source.version.id, ...span },
      })
      expect(t.edges).toEqual([
        {
          from: { kind: 'dataset-version', id: split.id },
          type: 'derived_from',
          to: { kind: 'dataset-version', id: source.version.id },
        },
      ])
      const again = await t.app.inject({ method: 'POST', url, payload: { version: '2001-02', ...span } })
      expect(again.json()).toEqual(split)
      expect(await t.events(versionRegistered.eventName)).toHaveLength(2)
    })
    it.each([
      ['a column that is not there', { column: 'when' }, 'datasets/no-such-column'],
      ['a column that is no time', { column: 'origin' }, 'datasets/not-a-time'],
      ['an empty span', { column: 'at', fromMs: 0, toMs: 1 }, 'datasets/empty'],
      ['a span that ends before it starts', { column: 'at', fromMs: 2, toMs: 1 }, 'datasets/bad-span'],
    ])('refuses %s', async (_what, span, code) => {
      const t = await start()
      await register(t, 'flights', 'flights.csv', flightsCsv(9), 'all')
      const payload = { version: 'x', fromMs: 0, toMs: Date.UTC(2002, 0, 1), ...span }
      const answer = await t.app.inject({
        method: 'POST',
        url: `${root}/datasets/flights/versions/all/splits`,
        payload,
      })
      expect(answer.json()).toMatchObject({ status: 400, code })
    })
  })

  describe('downloading a file', () => {
    it('answers with the bytes, with one range of them, and with nothing when they are known', async () => {
      const t = await start()
      const body = flightsCsv(5)
      const { version } = await register(t, 'flights', 'flights.csv', body)
      const url = `${root}/dataset-versions/${version.id}/files/flights.csv`
      const whole = await t.app.inject(url)
      expect(whole.body).toBe(body)
      const part = await t.app.inject({ url, headers: { range: 'bytes=3-7' } })
      expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([
        206,
        body.slice(3, 8),
        `bytes 3-7/${body.length}`,
      ])
      expect((await t.app.inject({ url, headers: { range: 'bytes=-4' } })).body).toBe(body.slice(-4))
      expect((await t.app.inject({ url, headers: { range: 'bytes=9999-' } })).statusCode).toBe(416)
      const tag = String(whole.headers['etag'])
      expect((await t.app.inject({ url, headers: { 'if-none-match': tag } })).statusCode).toBe(304)
      expect((await t.app.inject(`${url}x`)).statusCode).toBe(404)
    })
  })
})
