import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatasets, localFiles } from '../../domain.ts'
import { flightsCsv } from '../../testing/a-dataset.ts'

const root = '/api/millrace/v1/w/default'
const here: { server?: Server; url: string } = { url: '' }
const served = { body: flightsCsv(20), etag: '"one"' }

beforeAll(async () => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') return response.writeHead(302, { location: '/f.csv' }).end()
    if (request.url === '/out') return response.writeHead(302, { location: 'ftp://elsewhere/' }).end()
    if (request.url === '/round') return response.writeHead(302, { location: '/round' }).end()
    if (request.url === '/none') return response.writeHead(404).end()
    const plain = request.url === '/plain.csv'
    const told = plain ? {} : { etag: served.etag }
    response.writeHead(200, { 'content-length': Buffer.byteLength(served.body), ...told })
    return response.end(request.method === 'HEAD' ? undefined : served.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  here.server = server
  here.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
afterAll(() => here.server?.close())

onEachStore((openStore) => {
  const start = async (settings: readonly string[] = ['--webhook-private-addresses', 'true']) =>
    testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)], settings })
  type Kernel = Awaited<ReturnType<typeof start>>
  const point = (t: Kernel, payload: object) =>
    t.app.inject({ method: 'POST', url: `${root}/datasets/raw/sources`, payload })
  const read = (t: Kernel, id: string, path: string) => t.app.inject(`${root}/dataset-versions/${id}/files/${path}`)

  describe('data in place', () => {
    it('is registered by size and entity tag, served from its source, and refused once it has changed', async () => {
      const t = await start()
      served.body = flightsCsv(20)
      served.etag = '"one"'
      const version = (await point(t, { url: `${here.url}/f.csv?secret=1` })).json<{ id: string; source: object }>()
      expect(version).toMatchObject({
        storage: 'source',
        format: 'files',
        source: { url: `${here.url}/f.csv`, verified: false },
      })
      expect((await point(t, { url: `${here.url}/f.csv?secret=1` })).json()).toEqual(version)
      expect((await read(t, version.id, 'f.csv')).body).toBe(served.body)
      served.etag = '"two"'
      expect((await read(t, version.id, 'f.csv')).json()).toMatchObject({
        status: 409,
        code: 'datasets/source-changed',
      })
    })
    it('has digest, schema and profile when it was read once, and a change of its bytes is noticed', async () => {
      const t = await start()
      served.body = flightsCsv(30)
      const version = (await point(t, { url: `${here.url}/plain.csv`, verify: true })).json<{ id: string }>()
      expect(version).toMatchObject({ rowCount: 30, format: 'csv', source: { verified: true } })
      const [file] = await localFiles(
        t.runtime,
        { actor: { id: 'a', kind: 'system', name: 'a' }, workspace: 'default' },
        version.id,
      )
      expect(await t.runtime.analytics.rows('select count(*) as n from read_csv($1)', [file?.path ?? ''])).toEqual([
        { n: 30 },
      ])
      expect((await read(t, version.id, 'plain.csv')).body).toBe(served.body)
    })
    it('follows redirects on the web, and says what is wrong with an address', async () => {
      const t = await start()
      expect((await point(t, { url: `${here.url}/moved`, verify: true, version: 'moved' })).statusCode).toBe(200)
      for (const [path, code] of [
        ['/none', 'unreachable'],
        ['/out', 'refused'],
        ['/round', 'unreachable'],
        ['/plain.csv', 'refused'],
      ] as const) {
        const answer = (await point(t, { url: here.url + path })).json<{ code: string }>()
        expect([path, answer.code]).toEqual([path, `datasets/source-${code}`])
      }
    })
    it.each([
      'http://127.0.0.1:1/x',
      'http://[::1]/x',
      'http://localhost/x',
      'http://169.254.169.254/latest/meta-data',
      'postgres://a:b@10.0.0.1/db',
      's3://bucket/x?endpoint=http://169.254.169.254',
    ])('never reaches a private address unless that is allowed: %s', async (url) => {
      const t = await start([])
      const answer = await point(t, { url, ...(url.startsWith('postgres') ? { query: 'select 1' } : {}) })
      expect(answer.json()).toMatchObject({ status: 400, code: 'datasets/source-refused' })
    })
    it.each([
      'file:///etc/passwd',
      'ftp://a/b',
      'nothing',
      'http://a:b@example.org/x',
      's3://bucket',
      'postgres://a/b',
    ])('refuses %s', async (url) => {
      expect((await point(await start(), { url })).json()).toMatchObject({
        status: 400,
        code: 'datasets/source-refused',
      })
    })
  })

  describe('the rows of a query', () => {
    const database = process.env['MILLRACE_TEST_POSTGRES_URL'] ?? ''
    it('are a CSV file in place, whose password nobody sees', async () => {
      const t = await start()
      const url = new URL(database)
      // A server that trusts everybody takes any password.
      if (url.password === '') url.password = 'geheim'
      const password = url.password
      const query =
        "select n as id, case when n = 2 then null else 'a, \"' || n end as text from generate_series(1, 5000) n order by n"
      const version = (await point(t, { url: url.href, query, version: 'rows' })).json<{ id: string }>()
      expect(version).toMatchObject({ rowCount: 5000, format: 'csv', storage: 'source' })
      expect(JSON.stringify(version)).not.toContain(password)
      const lines = (await read(t, version.id, 'query.csv')).body.split('\n')
      expect(lines.slice(0, 3)).toEqual(['id,text', '1,"a, ""1"', '2,'])
      expect(JSON.stringify(t.auditTrail)).not.toContain(password)
    })
    it('come from one SELECT that cannot write', async () => {
      const t = await start()
      for (const query of ['create table x (a int)', 'select 1; drop table x', 'delete from pg_class returning 1']) {
        const answer = await point(t, { url: database, query })
        expect(answer.json()).toMatchObject({ status: 502, code: 'datasets/source-unreachable' })
      }
    })
  })
})
