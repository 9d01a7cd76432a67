import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { DatasetDiff } from '../contract.ts'
import { createDatasets } from '../domain.ts'
import { pushFiles } from '../testing/a-chunked-version.ts'
import { flightsCsv, register } from '../testing/a-dataset.ts'

const root = '/api/millrace/v1/w/default'

onEachStore((openStore) => {
  const start = async () => testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)] })
  type Kernel = Awaited<ReturnType<typeof start>>
  const ask = (t: Kernel, from: string, to: string, keys = '') =>
    t.app.inject({ url: `${root}/dataset-diffs`, query: { from, to, ...(keys === '' ? {} : { keys }) } })

  describe('comparing two versions', () => {
    const before = 'id,v,city,old\n1,1,a,x\n2,2,a,x\n3,3,b,x\n4,,b,x\n'
    const after = 'id,v,city,new\n1,1,a,7\n2,2.5,a,8\n4,,b,9\n5,5,c,9\n5,5,c,9\n'
    it('counts rows as a multiset, names columns and judges distributions', async () => {
      const t = await start()
      const one = await pushFiles(t, 'd', { 't.csv': before, 'same.txt': 'x', 'gone.txt': 'y' })
      const two = await pushFiles(t, 'd', { 't.csv': after, 'same.txt': 'x', 'fresh.txt': 'zz' })
      const diff = (await ask(t, one.id, two.id)).json<DatasetDiff>()
      expect(diff.files).toMatchObject({ added: 1, removed: 1, changed: 1, unchanged: 1, newBytes: after.length + 2 })
      expect(diff.files.changedFiles).toEqual([{ path: 't.csv', sizeBytes: after.length, wasBytes: before.length }])
      const [table] = diff.tables
      expect(table?.rows).toEqual({ from: 4, to: 5, added: 3, removed: 2, changed: null, unchanged: 2, keys: [] })
      expect(table?.columns).toEqual({
        added: [{ name: 'new', type: 'BIGINT' }],
        removed: [{ name: 'old', type: 'VARCHAR' }],
        retyped: [{ name: 'v', from: 'BIGINT', to: 'DOUBLE' }],
      })
      const city = table?.shifts.find(({ column }) => column === 'city')
      expect(city?.bins).toEqual([
        { label: 'a', from: 2, to: 2 },
        { label: 'b', from: 2, to: 1 },
        { label: 'c', from: 0, to: 2 },
        { label: 'others', from: 0, to: 0 },
      ])
      expect(table?.shifts.find(({ column }) => column === 'v')).toMatchObject({ nulls: [1, 1], means: [2, 3.375] })
    })
    it('tells changed rows from new ones by their key', async () => {
      const t = await start()
      const one = await pushFiles(t, 'd', { 't.csv': before })
      const two = await pushFiles(t, 'd', { 't.csv': after.replace('5,5,c,9\n', '') })
      const [table] = (
        await ask(t, `datasets:/d@${one.version}`, `datasets:/d@${two.version}`, 'id')
      ).json<DatasetDiff>().tables
      expect(table?.rows).toMatchObject({ added: 1, removed: 1, changed: 1, unchanged: 2, keys: ['id'] })
    })
    it('refuses keys that are no columns or do not tell rows apart', async () => {
      const t = await start()
      const one = await pushFiles(t, 'd', { 't.csv': before })
      const two = await pushFiles(t, 'd', { 't.csv': after })
      expect((await ask(t, one.id, two.id, 'none')).json()).toMatchObject({
        status: 400,
        code: 'datasets/no-such-column',
      })
      expect((await ask(t, one.id, two.id, 'id')).json()).toMatchObject({
        status: 400,
        code: 'datasets/keys-not-unique',
      })
      expect((await ask(t, one.id, 'datasets:/d@none')).json()).toMatchObject({ status: 404 })
    })
    it('compares whole files with chunks, CSV with JSON lines, and equal versions as equal', async () => {
      const t = await start()
      const { version: whole } = await register(t, 'w', 'f.csv', flightsCsv(50))
      const lines = flightsCsv(50)
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => {
          const [at, delay, origin] = line.split(',')
          return JSON.stringify({ at, delay: Number(delay), origin })
        })
      const json = await pushFiles(t, 'j', { 'f.jsonl': `${lines.join('\n')}\n` })
      const [table] = (await ask(t, whole.id, json.id)).json<DatasetDiff>().tables
      expect(table?.rows).toMatchObject({ added: 0, removed: 0, unchanged: 50 })
      expect(table?.shifts.every(({ psi }) => psi === 0)).toBe(true)
      expect((await ask(t, whole.id, whole.id)).json()).toMatchObject({
        same: true,
        files: { changed: 0, newBytes: 0 },
      })
    })
    it('finds a shift of a number, and how far its distribution moved', async () => {
      const t = await start()
      const table = (shift: number) =>
        `x\n${Array.from({ length: 2000 }, (_, row) => ((row * 37) % 1000) / 1000 + shift).join('\n')}\n`
      const one = await pushFiles(t, 'd', { 't.csv': table(0) })
      const two = await pushFiles(t, 'd', { 't.csv': table(0.5) })
      const [shift] = (await ask(t, one.id, two.id)).json<DatasetDiff>().tables[0]?.shifts ?? []
      expect(shift?.ks).toBeCloseTo(0.5, 1)
      expect(shift?.psi).toBeGreaterThan(0.25)
      expect(shift?.bins.reduce((sum, { from }) => sum + from, 0)).toBe(2000)
    })
  })
})
