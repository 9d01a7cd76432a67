import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { createDatasets, deleteVersion, localFiles, putDataset, readDataset, resolveDatasetVersion } from '../domain.ts'
import { flightsCsv, register } from '../testing/a-dataset.ts'
import { listDatasets } from './read-datasets.ts'
import { describeVersions } from './describe-versions.ts'
import { listVersions, readVersion } from './read-versions.ts'

onEachStore((openStore) => {
  const start = async () => testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)] })

  describe('a data set', () => {
    it('is made and changed by one PUT, and the same PUT again changes nothing', async () => {
      const t = await start()
      await t.act(putDataset, { name: 'us/flights', description: 'All flights', timeColumn: 'at' })
      await t.act(putDataset, { name: 'us/flights', description: 'All flights', timeColumn: 'at' })
      expect(t.auditTrail).toHaveLength(1)
      const url = '/api/millrace/v1/w/default/datasets/us%2Fflights'
      const answer = await t.app.inject({ method: 'PUT', url, payload: { description: 'Flights' } })
      expect(answer.json()).toMatchObject({ spec: { description: 'Flights', timeColumn: null } })
    })
    it('is listed by name, page by page, with its newest version', async () => {
      const t = await start()
      for (const name of ['c', 'a', 'b']) await t.act(putDataset, { name })
      await register(t, 'b', 'b.csv', flightsCsv(2), 'first')
      const first = await t.ask(listDatasets, { limit: 2 })
      expect(first.items.map(({ name, latestVersion }) => [name, latestVersion])).toEqual([
        ['a', null],
        ['b', 'first'],
      ])
      const second = await t.ask(listDatasets, {
        limit: 2,
        ...(first.nextPageToken === undefined ? {} : { pageToken: first.nextPageToken }),
      })
      expect(second.items.map(({ name }) => name)).toEqual(['c'])
    })
  })

  describe('a version', () => {
    it('is found by reference, by name, as the newest, and by id', async () => {
      const t = await start()
      const { version: one } = await register(t, 'flights', 'f.csv', flightsCsv(2), '2001-01')
      const { version: two } = await register(t, 'flights', 'f.csv', flightsCsv(3), '2001-02')
      expect((await t.ask(resolveDatasetVersion, { reference: 'datasets:/flights@2001-01' })).id).toBe(one.id)
      expect((await t.ask(resolveDatasetVersion, { reference: 'datasets:/flights@latest' })).id).toBe(two.id)
      expect((await t.ask(resolveDatasetVersion, { reference: one.id })).id).toBe(one.id)
      expect((await t.ask(readVersion, { name: 'flights', version: 'latest' })).id).toBe(two.id)
      await expect(t.ask(resolveDatasetVersion, { reference: 'datasets:/flights@none' })).rejects.toMatchObject({
        status: 404,
      })
      await expect(t.ask(resolveDatasetVersion, { reference: 'models:/flights@none' })).rejects.toMatchObject({
        status: 404,
      })
    })
    it('is listed newest first', async () => {
      const t = await start()
      for (const rows of [1, 2, 3]) await register(t, 'flights', 'f.csv', flightsCsv(rows))
      const first = await t.ask(listVersions, { name: 'flights', limit: 2 })
      expect(first.items.map(({ version }) => version)).toEqual(['v3', 'v2'])
      const rest = await t.ask(listVersions, { name: 'flights', limit: 2, pageToken: first.nextPageToken })
      expect(rest.items.map(({ version }) => version)).toEqual(['v1'])
    })
    it('is deleted unless something holds it, and its number is not used again', async () => {
      const t = await start()
      const { version } = await register(t, 'flights', 'f.csv', flightsCsv(40), 'all')
      const payload = { version: 'january', column: 'at', fromMs: Date.UTC(2001, 0, 1), toMs: Date.UTC(2001, 1, 1) }
      const made = await t.app.inject({
        method: 'POST',
        url: '/api/millrace/v1/w/default/datasets/flights/versions/all/splits',
        payload,
      })
      await expect(t.act(deleteVersion, { id: version.id })).rejects.toThrow('flights@january was made from it')
      await t.act(deleteVersion, { id: made.json<{ id: string }>().id })
      await t.act(deleteVersion, { id: version.id })
      expect(await t.ask(readDataset, { name: 'flights' })).toMatchObject({ latestVersion: null, versions: 0 })
      expect((await register(t, 'flights', 'f.csv', flightsCsv(2))).version.version).toBe('v3')
    })
    it('lends its files as local paths with their format', async () => {
      const t = await start()
      const { version } = await register(t, 'flights', 'f.csv', flightsCsv(2))
      const context = { actor: { id: 'system:test', kind: 'system' as const, name: 'test' }, workspace: 'default' }
      const [file] = await localFiles(t.runtime, context, version.id)
      expect(file?.format).toBe('csv')
      const rows = await t.runtime.analytics.rows('select count(*) as n from read_csv($1)', [file?.path ?? ''])
      expect(rows).toEqual([{ n: 2 }])
    })
    it('reads as a lineage node, below its data set', async () => {
      const t = await start()
      const { version } = await register(t, 'flights', 'f.csv', flightsCsv(1200), 'all')
      const scope = t.runtime.runner.readScope({ actor: { id: 'a', kind: 'user', name: 'a' }, workspace: 'default' })
      const { nodes, parents } = await describeVersions(scope, [version.id, 'dsv_none'])
      expect(nodes).toEqual([
        { id: version.id, title: 'flights@all', fact: '1,200 rows', href: '/datasets/flights/versions/all' },
      ])
      expect(parents.get(version.id)).toEqual({ kind: 'dataset', id: 'flights' })
    })
    it('lets one of many racing registrations of the same content win, and answers them all with it', async () => {
      const t = await start()
      const all = await Promise.all(Array.from({ length: 5 }, () => register(t, 'race', 'f.csv', flightsCsv(3))))
      expect(new Set(all.map(({ version }) => version.id)).size).toBe(1)
    })
  })
})
