import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import {
  createLoggedModel,
  deleteLoggedModel,
  linkModels,
  logInputs,
  logModelMetrics,
  readLoggedModel,
  readModelLinks,
  searchInputs,
  searchLoggedModels,
  updateLoggedModel,
} from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'

onEachStore((openStore) => {
  const start = () => trackingKernel(openStore)

  /** Three models of one experiment: `loss` was measured on "test" for two, on "train" for one of them too. */
  async function threeModels() {
    const t = await start()
    const run = await aRun(t)
    const ids: Record<string, string> = {}
    for (const [name, lr] of Object.entries({ a: '0.1', b: '0.2', c: "it's" })) {
      t.clock.advance(1000)
      const model = await t.act(createLoggedModel, {
        experiment: 'e',
        name,
        runId: run.id,
        type: name === 'a' ? 'tree' : 'line',
        params: { lr },
        tags: { 'team"x': name },
      })
      ids[name] = model.id
    }
    const metric = (name: string, value: number, datasetName: string, step = 1) => {
      return { modelId: ids[name] ?? '', key: 'loss', value, step, timestampMs: 1000 + step, datasetName }
    }
    const metrics = [
      metric('a', 0.5, 'test'),
      metric('b', 0.3, 'test'),
      metric('b', 0.1, 'train', 2),
      metric('b', 0.1, 'train', 2),
    ]
    await t.ingest(logModelMetrics, { id: run.id, metrics })
    const names = async (input: object) =>
      (await t.ask(searchLoggedModels, { experiments: ['e'], ...input })).items.map((model) => model.name)
    return { t, run, ids, names }
  }

  describe('logged models', () => {
    it('are found by attributes, params, tags and metrics, newest first', async () => {
      const { names } = await threeModels()
      expect(await names({})).toEqual(['c', 'b', 'a'])
      expect(await names({ filter: "name = 'a'" })).toEqual(['a'])
      expect(await names({ filter: "name IN ('a', 'c')" })).toEqual(['c', 'a'])
      expect(await names({ filter: "model_type = 'line' AND params.lr = '0.2'" })).toEqual(['b'])
      expect(await names({ filter: "params.lr = 'it''s'" })).toEqual(['c'])
      expect(await names({ filter: "params.lr ILIKE 'IT%'" })).toEqual(['c'])
      expect(await names({ filter: "tags.`team\"x` = 'b'" })).toEqual(['b'])
      expect(await names({ filter: 'metrics.loss < 0.4' })).toEqual(['b'])
      expect(await names({ filter: "status = 'PENDING'" })).toHaveLength(3)
      expect(await names({ filter: "status = 'LOGGED_MODEL_READY'" })).toEqual([])
      expect(await names({ filter: 'creation_time > 0', experiments: ['none'] })).toEqual([])
    })
    it('are ordered by attributes and by a metric’s latest value, those without it last', async () => {
      const { names } = await threeModels()
      expect(await names({ orderBy: [{ field: 'name' }] })).toEqual(['a', 'b', 'c'])
      expect(await names({ orderBy: [{ field: 'metrics.loss' }] })).toEqual(['b', 'a', 'c'])
      expect(await names({ orderBy: [{ field: 'metrics.loss', descending: true }] })).toEqual(['a', 'b', 'c'])
      const onTrain = [{ field: 'metrics.loss', datasetName: 'train' }]
      expect(await names({ orderBy: onTrain })).toEqual(['b', 'c', 'a'])
    })
    it('are found by the data they were measured on', async () => {
      const { names } = await threeModels()
      expect(await names({ datasets: [{ name: 'train' }] })).toEqual(['b'])
      expect(await names({ datasets: [{ name: 'test' }], filter: 'metrics.loss < 0.2' })).toEqual([])
      expect(await names({ datasets: [{ name: 'train' }], filter: 'metrics.loss < 0.2' })).toEqual(['b'])
    })
    it('come in pages', async () => {
      const { t } = await threeModels()
      const first = await t.ask(searchLoggedModels, { experiments: ['e'], limit: 2 })
      const pageToken = first.nextPageToken ?? ''
      const second = await t.ask(searchLoggedModels, { experiments: ['e'], limit: 2, pageToken })
      expect([...first.items, ...second.items].map((model) => model.name)).toEqual(['c', 'b', 'a'])
      expect(second.nextPageToken).toBeUndefined()
    })
    it('keep each metric once, and know its run and data', async () => {
      const { t, run, ids } = await threeModels()
      const { metrics } = await t.ask(readLoggedModel, { id: ids['b'] ?? '' })
      expect(metrics).toHaveLength(2)
      expect(metrics[1]).toMatchObject({ key: 'loss', value: 0.1, step: 2, runId: run.id, datasetName: 'train' })
    })
    it('are gone once deleted, unless they are asked for with the deleted ones', async () => {
      const { t, ids, names } = await threeModels()
      const id = ids['b'] ?? ''
      await t.act(deleteLoggedModel, { id })
      expect(await names({})).toEqual(['c', 'a'])
      await expect(t.ask(readLoggedModel, { id })).rejects.toMatchObject({ status: 404 })
      await expect(t.act(deleteLoggedModel, { id })).rejects.toMatchObject({ status: 404 })
      expect(await t.ask(readLoggedModel, { id, withDeleted: true })).toMatchObject({ deleted: true })
    })
    it('refuse to lose a tag they do not have, and metrics of models that are not there', async () => {
      const { t, run, ids } = await threeModels()
      await expect(t.act(updateLoggedModel, { id: ids['a'] ?? '', tags: { no: null } })).rejects.toMatchObject({
        code: 'experiment-tracking/tag-not-found',
      })
      const metrics = [{ modelId: 'm-none', key: 'loss', value: 1, timestampMs: 1 }]
      await expect(t.ingest(logModelMetrics, { id: run.id, metrics })).rejects.toMatchObject({
        code: 'experiment-tracking/model-not-found',
      })
    })
  })

  describe('a run', () => {
    it('says which models it took and made, each once', async () => {
      const { t, run, ids } = await threeModels()
      const outputs = [{ modelId: ids['a'] ?? '', step: 3 }]
      for (let times = 0; times < 2; times += 1)
        await t.act(linkModels, { id: run.id, inputs: [ids['b'] ?? ''], outputs })
      expect(await t.ask(readModelLinks, { id: run.id })).toEqual({ inputs: [ids['b']], outputs })
    })
    it('says which data it used, once per experiment and context', async () => {
      const t = await start()
      const foreign = [{ name: 'd', digest: '1', context: 'training' }]
      for (let times = 0; times < 2; times += 1) await t.act(logInputs, { id: (await aRun(t)).id, foreign })
      const { items } = await t.ask(searchInputs, { experiments: ['e', 'none'] })
      expect(items).toEqual([{ experimentId: '1', name: 'd', digest: '1', context: 'training' }])
    })
  })
})
