import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import {
  createRun,
  putExperiment,
  readExperiment,
  readImports,
  readLoggedModel,
  readMetricsAt,
  readModelLinks,
  readRun,
} from '../../domain.ts'
import { trackingKernel } from '../../testing/a-run.ts'
import { importExperiment } from './import-experiment.ts'
import { importLoggedModels } from './import-logged-models.ts'
import { importRuns } from './import-runs.ts'

const source = 'sqlite:/somewhere/mlflow.db'
const anExperiment = { source, sourceId: '7', name: 'e', createdAtMs: 1000, updatedAtMs: 2000 }
const aRun = {
  id: 'a'.repeat(32),
  experiment: 7,
  name: 'first',
  status: 'failed' as const,
  startedAtMs: 5000,
  endedAtMs: 6000,
  createdBy: 'ann',
  createdAtMs: 5000,
  params: { lr: '0.1' },
  tags: { team: 'x', 'mlflow.source.git.commit': 'abc' },
  metrics: [{ key: 'loss', steps: [0, 1, 2], timesMs: [1, 2, 3], values: [1, 'NaN', '-Infinity'] }],
  state: 'one',
}

onEachStore((openStore) => {
  const start = () => trackingKernel(openStore)

  describe('an experiment from another system', () => {
    it('keeps its number, name and times where they are free, and is the same one the next time', async () => {
      const t = await start()
      const made = await t.act(importExperiment, { ...anExperiment, tags: { team: 'x' } })
      expect(made).toMatchObject({ outcome: 'made', experiment: { number: 7, name: 'e', createdAtMs: 1000 } })
      const again = await t.act(importExperiment, { ...anExperiment, tags: { team: 'y' }, deletedAtMs: 3000 })
      expect(again).toMatchObject({ outcome: 'changed', experiment: { number: 7, deleted: true } })
      expect(again.experiment.spec.tags).toEqual({ team: 'y' })
    })
    it('gets the next number and another name where they are taken, and a number of 18 digits is not kept', async () => {
      const t = await start()
      await t.act(putExperiment, { name: 'e' })
      const other = await t.act(importExperiment, { ...anExperiment, sourceId: '1' })
      expect(other.experiment).toMatchObject({ number: 2, name: 'e-imported' })
      const third = await t.act(importExperiment, { ...anExperiment, sourceId: '808493051716785085' })
      expect(third.experiment).toMatchObject({ number: 3, name: 'e-imported-2', artifactRoot: 'mlflow-artifacts:/3' })
    })
    it('is this server’s own where it is the default one', async () => {
      const t = await start()
      const made = await t.act(importExperiment, { ...anExperiment, sourceId: '0', name: 'Default' })
      expect(made).toMatchObject({ outcome: 'changed', experiment: { number: 0, name: 'Default' } })
    })
  })

  describe('runs from another system', () => {
    it('keep ids, times, points, data and models, and are left alone when nothing changed', async () => {
      const t = await start()
      await t.act(importExperiment, anExperiment)
      const data = [{ name: 'frame', digest: 'd', context: 'training', details: { source_type: 'local' } }]
      const models = { inputs: ['m-1'], outputs: [{ modelId: 'm-2', step: 3 }] }
      const run = { ...aRun, data, models }
      expect(await t.act(importRuns, { source, runs: [run] })).toEqual({ items: [{ id: run.id, outcome: 'made' }] })
      expect(await t.ask(readRun, { id: run.id })).toMatchObject({
        experimentId: '7',
        name: 'first',
        status: 'failed',
        startedAtMs: 5000,
        endedAtMs: 6000,
        createdBy: 'ann',
        params: { lr: '0.1' },
        metrics: { loss: '-Infinity' },
        metricSummaries: { loss: { points: 3, step: 2 } },
        data: [{ name: 'frame', context: 'training', versionId: null }],
        code: { gitCommit: 'abc' },
      })
      expect(await t.ask(readModelLinks, { id: run.id })).toEqual(models)
      expect(await t.act(importRuns, { source, runs: [run] })).toEqual({ items: [{ id: run.id, outcome: 'same' }] })
      expect((await t.events()).filter(({ name }) => name.includes('.run.'))).toEqual([])
    })
    it('take up what is new, and a point that comes twice stays once', async () => {
      const t = await start()
      await t.act(importExperiment, anExperiment)
      await t.act(importRuns, { source, runs: [{ ...aRun, state: '' }] })
      const metrics = [{ key: 'loss', steps: [2, 3], timesMs: [3, 4], values: ['-Infinity', 0.5] }]
      const later = { ...aRun, status: 'finished' as const, params: { l2: '1' }, metrics, state: 'two', deletedAtMs: 9 }
      expect(await t.act(importRuns, { source, runs: [later] })).toMatchObject({ items: [{ outcome: 'changed' }] })
      expect(await t.ask(readRun, { id: aRun.id })).toMatchObject({
        status: 'finished',
        deleted: true,
        params: { lr: '0.1', l2: '1' },
        metricSummaries: { loss: { points: 4 } },
      })
      expect(await t.ask(readMetricsAt, { id: aRun.id, step: 3 })).toMatchObject({ metrics: { loss: { value: 0.5 } } })
      expect((await t.ask(readImports, { source, kind: 'run' })).items).toEqual([
        { sourceId: aRun.id, ownId: aRun.id, state: 'two' },
      ])
    })
    it('do not touch a run of the same id that came from elsewhere', async () => {
      const t = await start()
      await t.act(importExperiment, anExperiment)
      await t.act(createRun, { experiment: 'e', id: aRun.id, name: 'mine' })
      expect(await t.act(importRuns, { source, runs: [aRun] })).toMatchObject({ items: [{ outcome: 'taken' }] })
      expect(await t.ask(readRun, { id: aRun.id })).toMatchObject({ name: 'mine', params: {} })
    })
    it('are refused, all of a request, for points that are none', async () => {
      const t = await start()
      await t.act(importExperiment, anExperiment)
      const metrics = [{ key: 'loss', steps: [0], timesMs: [1.5], values: [1] }]
      await expect(t.act(importRuns, { source, runs: [{ ...aRun, metrics }] })).rejects.toMatchObject({ status: 400 })
      await expect(t.ask(readRun, { id: aRun.id })).rejects.toMatchObject({ status: 404 })
    })
  })

  it('a logged model keeps its id, times, metrics and end', async () => {
    const t = await start()
    await t.act(importExperiment, anExperiment)
    const metric = {
      key: 'acc',
      value: 0.5,
      step: 1,
      timestampMs: 9,
      runId: aRun.id,
      datasetName: null,
      datasetDigest: null,
    }
    const model = {
      id: 'm-1',
      experiment: 7,
      name: 'model',
      runId: aRun.id,
      status: 'ready' as const,
      type: 'sklearn',
      params: { depth: '3' },
      tags: {},
      metrics: [metric],
      createdAtMs: 10,
      updatedAtMs: 20,
      state: 'one',
    }
    expect(await t.act(importLoggedModels, { source, models: [model] })).toMatchObject({ items: [{ outcome: 'made' }] })
    expect(await t.ask(readLoggedModel, { id: 'm-1' })).toMatchObject({
      createdAtMs: 10,
      metrics: [metric],
      runId: aRun.id,
    })
    expect(await t.act(importLoggedModels, { source, models: [model] })).toMatchObject({ items: [{ outcome: 'same' }] })
    const gone = { ...model, state: 'two', deletedAtMs: 30 }
    await t.act(importLoggedModels, { source, models: [gone] })
    expect(await t.ask(readLoggedModel, { id: 'm-1', withDeleted: true })).toMatchObject({ deleted: true })
    await expect(t.ask(readExperiment, { name: '#8' })).rejects.toMatchObject({ status: 404 })
  })
})
