import { onEachStore } from '@millrace/kernel/testing'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { deleteRun, logRun, updateRun } from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'
import { decodeColumns } from '../model/columns.ts'

const base = '/api/millrace/v1/w/default'

onEachStore((openStore) => {
  describe('POST /runs/search', () => {
    it.each<[string, string[]]>([
      ['', ['three', 'two', 'one']],
      ['metrics.loss < 0.2 or tags.team = a', ['two', 'one']],
      ['not (metrics.loss < 0.2 or tags.team = a)', ['three']],
      ['params.model ~ "^tr" and not name = two', ['one']],
      ['min(metrics.loss) < 0.2', ['two']],
      ['not exists metrics.loss', ['three']],
      ['started > now() - 1500ms', ['three']],
      ['params.lr < 0.05', ['two']],
      ['o', ['two', 'one']],
    ])('answers %s', async (query, names) => {
      const t = await three(openStore)
      const { status, body } = await post(t, '/runs/search', { query, experiments: ['e'] })
      expect(status).toBe(200)
      expect(namesIn(body)).toEqual(names)
      expect((await post(t, '/runs/count', { query, experiments: ['e'] })).body).toEqual({ count: names.length })
    })
    it('goes from page to page', async () => {
      const t = await three(openStore)
      const first = await post(t, '/runs/search', { orderBy: ['metrics.loss DESC'], limit: 2 })
      expect(namesIn(first.body)).toEqual(['one', 'two'])
      const pageToken = first.body['nextPageToken']
      const second = await post(t, '/runs/search', { orderBy: ['metrics.loss DESC'], limit: 2, pageToken })
      expect(namesIn(second.body)).toEqual(['three'])
      expect(second.body['nextPageToken']).toBeUndefined()
      for (const wrong of ['nonsense', pageToken]) {
        expect((await post(t, '/runs/search', { orderBy: ['start_time'], pageToken: wrong })).body).toMatchObject({
          status: 400,
          code: 'experiment-tracking/bad-page-token',
        })
      }
    })
    it.each([
      ['metrics.loss < and', 15, 18, 'Expected'],
      ['colour = red', 0, 6, 'Runs have no field "colour"'],
      ['metrics.loss = red', 15, 18, 'Expected a number'],
      ['name ~ "("', 7, 10, 'is no regular expression'],
      ['status = done', 9, 13, 'Expected a status'],
      ['started > soon', 10, 14, 'Expected a time'],
      ['at(metrics.loss, 3) < 1', 0, 19, 'Searches know'],
    ])('says where %s is not understood', async (query, start, end, sentence) => {
      const t = await trackingKernel(openStore)
      const { status, body } = await post(t, '/runs/search', { query })
      expect([status, body['code'], body['start'], body['end']]).toEqual([
        400,
        'experiment-tracking/bad-query',
        start,
        end,
      ])
      expect(body['detail']).toContain(sentence)
    })
  })

  describe('POST /runs/facets', () => {
    it('counts the values of fields, the range of metrics, and names the keys there are', async () => {
      const t = await three(openStore)
      const fields = ['status', 'params.model', 'metrics.loss', 'tags.team', 'data']
      const { body } = await post(t, '/runs/facets', { experiments: ['e'], fields })
      expect(body).toEqual({
        count: 3,
        facets: [
          { field: 'status', runs: 3, distinct: 2, range: null, values: values('running', 2, 'finished', 1) },
          { field: 'params.model', runs: 3, distinct: 2, range: null, values: values('tree', 2, 'net', 1) },
          { field: 'metrics.loss', runs: 2, distinct: 2, range: { min: 0.1, max: 0.3 }, values: [] },
          { field: 'tags.team', runs: 1, distinct: 1, range: null, values: values('a', 1) },
          { field: 'data', runs: 0, distinct: 0, range: null, values: [] },
        ],
        keys: [
          { field: 'metrics.loss', runs: 2 },
          { field: 'params.model', runs: 3 },
          { field: 'params.lr', runs: 1 },
          { field: 'tags.team', runs: 1 },
        ],
      })
      const some = await post(t, '/runs/facets', { query: 'params.model = tree', fields: ['tags.team'], keys: false })
      expect(some.body).toMatchObject({ count: 2, facets: [{ runs: 1 }], keys: [] })
      expect((await post(t, '/runs/facets', { fields: ['colour'] })).body['code']).toBe('experiment-tracking/bad-query')
    })
  })

  describe('GET /experiments/{name}/runs.columns', () => {
    it('gives columns, and then only what changed', async () => {
      const t = await three(openStore)
      const keys = 'metrics.loss,params.model'
      const whole = await columns(t, `?keys=${keys}`)
      expect(whole.columns.map(({ field, values: list }) => [field, list])).toEqual([
        ['name', ['three', 'two', 'one']],
        ['status', ['running', 'running', 'finished']],
        ['user', ['ann', 'ann', 'ann']],
        ['started', [t.clock.nowMs - 1000, t.clock.nowMs - 2000, t.clock.nowMs - 3000]],
        ['ended', [undefined, undefined, t.clock.nowMs]],
        ['metrics.loss', [undefined, 0.1, 0.3]],
        ['params.model', ['net', 'tree', 'tree']],
      ])
      const { ids, version } = whole.header
      const same = await columns(t, `?keys=${keys}&since=${version}`)
      expect(same.header).toMatchObject({ version, since: version, ids: [], removed: [] })
      await t.ingest(logRun, { id: ids[1] ?? '', metrics: [{ key: 'loss', value: 'NaN', step: 2 }] })
      await t.act(deleteRun, { id: ids[2] ?? '' })
      const later = await columns(t, `?keys=${keys}&since=${version}`)
      expect(later.header).toMatchObject({ since: version, ids: [ids[1]], removed: [ids[2]] })
      expect(later.columns.find(({ field }) => field === 'metrics.loss')?.values).toEqual([Number.NaN])
      expect((await columns(t, `?keys=${keys}&since=unknown`)).header.ids).toHaveLength(2)
    })
    it('refuses an experiment and a column that are not there', async () => {
      const t = await three(openStore)
      const statusOf = async (path: string) => (await t.app.inject({ url: `${base}${path}` })).statusCode
      expect(await statusOf('/experiments/none/runs.columns')).toBe(404)
      expect(await statusOf('/experiments/e/runs.columns?keys=name')).toBe(400)
    })
  })

  describe('saved views', () => {
    it('are put, read, listed and deleted, with their query as a tree', async () => {
      const t = await three(openStore)
      const spec = { query: 'metrics.loss < 0.2', orderBy: ['metrics.loss ASC'], layout: { columns: ['name'] } }
      const put = await t.app.inject({ method: 'PUT', url: `${base}/run-views/best%20ones`, payload: spec })
      expect(put.json()).toMatchObject({ name: 'best ones', spec, changedBy: 'ann', tree: { kind: 'compare' } })
      const audited = t.auditTrail.length
      await t.app.inject({ method: 'PUT', url: `${base}/run-views/best%20ones`, payload: spec })
      expect(t.auditTrail.length).toBe(audited)
      expect((await t.app.inject({ url: `${base}/run-views/best%20ones` })).json()).toEqual(put.json())
      expect((await t.app.inject({ url: `${base}/run-views` })).json()).toEqual({ items: [put.json()] })
      const bad = await t.app.inject({ method: 'PUT', url: `${base}/run-views/x`, payload: { query: 'a = ' } })
      expect(bad.statusCode).toBe(400)
      expect((await t.app.inject({ method: 'DELETE', url: `${base}/run-views/best%20ones` })).statusCode).toBe(200)
      expect((await t.app.inject({ url: `${base}/run-views/best%20ones` })).statusCode).toBe(404)
    })
  })
})

function values(...pairs: (string | number)[]) {
  return pairs.flatMap((value, at) => (typeof value === 'string' ? [{ value, runs: pairs[at + 1] }] : []))
}

async function three(openStore: OpenStore): Promise<TestKernel> {
  const t = await trackingKernel(openStore)
  const { nowMs } = t.clock
  const one = await aRun(t, {
    name: 'one',
    startedAtMs: nowMs - 3000,
    params: { model: 'tree' },
    tags: { team: 'a' },
    metrics: { loss: 0.3 },
  })
  await t.act(updateRun, { id: one.id, status: 'finished' })
  await aRun(t, {
    name: 'two',
    startedAtMs: nowMs - 2000,
    params: { model: 'tree', lr: '1e-2' },
    metrics: { loss: 0.1 },
  })
  await aRun(t, { name: 'three', startedAtMs: nowMs - 1000, params: { model: 'net' } })
  return t
}

async function post(t: TestKernel, path: string, payload: object) {
  const response = await t.app.inject({ method: 'POST', url: `${base}${path}`, payload })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}

function namesIn(body: Record<string, unknown>): unknown[] {
  const { items } = body
  return Array.isArray(items) ? items.map((run: { name: string }) => run.name) : []
}

async function columns(t: TestKernel, query: string) {
  const response = await t.app.inject({ url: `${base}/experiments/e/runs.columns${query}` })
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/vnd.millrace.columns'])
  return decodeColumns(response.rawPayload)
}
