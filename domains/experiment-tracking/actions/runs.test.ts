import { ref } from '@millrace/contract'
import { flightsVersion } from '../testing/a-data-version.ts'
import { aPerson, onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { runCreated, runFinished } from '../contract.ts'
import {
  createRun,
  deleteExperiment,
  deleteRun,
  deleteTag,
  listLoggedModels,
  createLoggedModel,
  updateLoggedModel,
  logInputs,
  logRun,
  putExperiment,
  readExperiment,
  readMetricHistory,
  readRun,
  renameExperiment,
  restoreExperiment,
  restoreRun,
  searchExperiments,
  tagExperiment,
  updateRun,
} from '../domain.ts'
import { aRun, trackingKernel } from '../testing/a-run.ts'
import { describeRuns, experimentOfRun } from './describe-runs.ts'

onEachStore((openStore) => {
  const start = () => trackingKernel(openStore)

  describe('an experiment', () => {
    it('is there as number 0, "Default", from the start, and once', async () => {
      const t = await start()
      expect(await t.ask(readExperiment, { name: 'Default' })).toMatchObject({
        id: '0',
        artifactRoot: 'mlflow-artifacts:/0',
      })
      expect(await t.ask(readExperiment, { name: '#0' })).toMatchObject({ name: 'Default' })
    })
    it('is made and changed by one PUT, and the same PUT again changes nothing', async () => {
      const t = await start()
      const spec = { name: 'e', description: 'first', tags: { team: 'a', old: 'x' } }
      const made = await t.act(putExperiment, spec)
      expect(await t.act(putExperiment, spec)).toEqual(made)
      const changed = await t.act(putExperiment, { name: 'e', tags: { team: 'b' } })
      expect(changed).toMatchObject({ number: 1, spec: { description: '', tags: { team: 'b' } } })
      expect(await t.ask(readExperiment, { name: 'e' })).toEqual(changed)
      expect(t.auditTrail.filter((entry) => entry.object.id === 'e')).toHaveLength(2)
    })
    it('is renamed and tagged, and refuses a name that is taken', async () => {
      const t = await start()
      await t.act(putExperiment, { name: 'e' })
      await t.act(renameExperiment, { name: 'e', newName: 'f' })
      await t.act(tagExperiment, { name: '#1', tags: { a: '1', b: '2' } })
      await t.act(tagExperiment, { name: 'f', tags: { b: null } })
      expect((await t.ask(readExperiment, { name: 'f' })).spec.tags).toEqual({ a: '1' })
      await expect(t.act(renameExperiment, { name: 'f', newName: 'Default' })).rejects.toMatchObject({ status: 409 })
      await expect(t.act(tagExperiment, { name: 'f', tags: { zz: null } })).rejects.toMatchObject({ status: 404 })
    })
    it('is found by name, tag and view, in the order asked for', async () => {
      const t = await start()
      for (const name of ['one', 'two', 'Three']) {
        t.clock.advance(1000)
        await t.act(putExperiment, { name, tags: { team: name.toUpperCase() } })
      }
      const names = async (input: object) =>
        (await t.ask(searchExperiments, { ...input })).items.map((item) => item.name)
      expect(await names({})).toEqual(['Three', 'two', 'one', 'Default'])
      expect(await names({ filter: "name LIKE 't%'" })).toEqual(['two'])
      expect(await names({ filter: "name ILIKE 't%'", orderBy: 'name ASC' })).toHaveLength(2)
      expect(await names({ filter: "tags.team = 'ONE'" })).toEqual(['one'])
      expect(await names({ filter: 'tags.team IS NULL' })).toEqual(['Default'])
      await t.act(deleteExperiment, { name: 'two' })
      expect(await names({ view: 'deleted' })).toEqual(['two'])
    })
    it('takes its runs along when it is deleted and when it comes back, but not those deleted before', async () => {
      const t = await start()
      const [kept, gone] = [await aRun(t), await aRun(t)]
      await t.act(deleteRun, { id: gone.id })
      t.clock.advance(10)
      await t.act(deleteExperiment, { name: 'e' })
      expect((await t.ask(readRun, { id: kept.id })).deleted).toBe(true)
      await expect(t.act(createRun, { experiment: 'e' })).rejects.toThrow('is deleted. Restore it')
      await t.act(restoreExperiment, { name: 'e' })
      expect((await t.ask(readRun, { id: kept.id })).deleted).toBe(false)
      expect((await t.ask(readRun, { id: gone.id })).deleted).toBe(true)
    })
  })

  describe('a run', () => {
    it('starts with its params, tags, data and code, and draws its edges', async () => {
      const t = await start()
      const version = await flightsVersion(t)
      const parent = await aRun(t)
      const run = await t.act(
        createRun,
        {
          experiment: 'e',
          name: 'first',
          params: { lr: '0.1' },
          tags: { team: 'a' },
          code: { gitCommit: 'a'.repeat(40), dirty: true, patchDigest: 'sha256:1' },
          data: [{ version: 'datasets:/flights@v1', context: 'training' }],
          parentRunId: parent.id,
        },
        { as: aPerson('bo') },
      )
      expect(run.id).toMatch(/^[0-9a-f]{32}$/)
      expect(run).toMatchObject({
        experiment: 'e',
        status: 'running',
        params: { lr: '0.1' },
        tags: { team: 'a' },
        createdBy: 'bo',
      })
      expect(run.data).toMatchObject([{ name: 'flights@v1', versionId: version.id, context: 'training' }])
      const self = ref('run', run.id)
      expect(t.edges.filter((edge) => edge.from.id === run.id)).toEqual([
        { from: self, type: 'used_data', to: ref('dataset-version', version.id), context: 'training' },
        { from: self, type: 'used_code', to: ref('code-version', run.code?.versionId ?? '') },
        { from: self, type: 'part_of', to: ref('run', parent.id) },
      ])
      expect(await t.events(runCreated.eventName)).toHaveLength(2)
    })
    it('keeps a caller’s id, and refuses it the second time', async () => {
      const t = await start()
      await aRun(t, { id: 'imported-1' })
      await expect(aRun(t, { id: 'imported-1' })).rejects.toMatchObject({ status: 409 })
      expect(await t.ask(readRun, { id: 'imported-1' })).toMatchObject({ experiment: 'e' })
    })
    it('gets a name from its id when it is given none', async () => {
      const t = await start()
      expect((await aRun(t)).name).toMatch(/^[a-z]+-[a-z]+-\d+$/)
    })
    it('moves freely between states, and tells once that it has ended', async () => {
      const t = await start()
      const run = await aRun(t)
      t.clock.advance(500)
      expect(await t.act(updateRun, { id: run.id, status: 'finished' })).toMatchObject({ endedAtMs: t.clock.nowMs })
      await t.act(updateRun, { id: run.id, status: 'finished' })
      await t.act(updateRun, { id: run.id, status: 'running', endedAtMs: null, name: 'again' })
      expect(await t.act(updateRun, { id: run.id, status: 'killed', endedAtMs: 7 })).toMatchObject({
        status: 'killed',
        endedAtMs: 7,
        name: 'again',
      })
      expect((await t.events(runFinished.eventName)).map((event) => event.payload)).toMatchObject([
        { status: 'finished' },
        { status: 'killed' },
      ])
    })
    it('refuses everything while it is deleted, and takes it again when restored', async () => {
      const t = await start()
      const run = await aRun(t)
      await t.act(deleteRun, { id: run.id })
      await expect(t.ingest(logRun, { id: run.id, metrics: [{ key: 'a', value: 1 }] })).rejects.toThrow('is deleted')
      await expect(t.act(updateRun, { id: run.id, name: 'x' })).rejects.toThrow('is deleted')
      await t.act(restoreRun, { id: run.id })
      await t.ingest(logRun, { id: run.id, metrics: [{ key: 'a', value: 1 }] })
      await expect(t.act(deleteRun, { id: 'none' })).rejects.toMatchObject({ status: 404 })
    })
    it('says later which data it used, ours and a client’s own', async () => {
      const t = await start()
      const version = await flightsVersion(t)
      const run = await aRun(t)
      const foreign = [{ name: 'local', digest: 'abc', context: 'eval', details: { source: 'file.csv' } }]
      await t.act(logInputs, { id: run.id, data: [{ version: version.id, context: 'validation' }], foreign })
      await t.act(logInputs, { id: run.id, foreign })
      const { data } = await t.ask(readRun, { id: run.id })
      expect(data.map(({ name, versionId, context }) => [name, versionId, context])).toEqual([
        ['flights@v1', version.id, 'validation'],
        ['local', null, 'eval'],
      ])
      expect(t.edges.filter((edge) => edge.type === 'used_data')).toHaveLength(1)
    })
    it('knows its own version in what a client says of its data, by source or by digest', async () => {
      const t = await start()
      const version = await flightsVersion(t)
      const run = await aRun(t)
      const source = `{"url":"http://host/api/millrace/v1/w/default/dataset-versions/${version.id}/files/flights.csv"}`
      const foreign = [
        { name: 'frame', digest: '1a2b3c4d', context: 'training', details: { source } },
        { name: 'flights', digest: version.digest, context: 'eval' },
      ]
      await t.act(logInputs, { id: run.id, foreign })
      const { data } = await t.ask(readRun, { id: run.id })
      expect(data.map(({ name, digest, versionId }) => [name, digest, versionId])).toEqual([
        ['flights', version.digest, version.id],
        ['frame', '1a2b3c4d', version.id],
      ])
      expect(t.edges.filter((edge) => edge.type === 'used_data')).toHaveLength(2)
    })
    it('reads as a lineage node, below its experiment', async () => {
      const t = await start()
      const run = await aRun(t, { name: 'first' })
      const scope = t.runtime.runner.readScope({ actor: aPerson('a'), workspace: 'default' })
      expect(await describeRuns(scope, [run.id, 'none'])).toEqual([
        { id: run.id, title: 'first', fact: 'run of e', state: 'running', href: `/experiments/e/runs/${run.id}` },
      ])
      expect(await experimentOfRun(scope, run.id)).toEqual(ref('experiment', 'e'))
    })
  })

  describe('logging', () => {
    it('keeps each key’s latest value by step, and every point once', async () => {
      const t = await start()
      const run = await aRun(t)
      const metrics = [1, 2, 3].map((step) => ({ key: 'loss', value: 1 / step, step, timestampMs: step }))
      await t.ingest(logRun, { id: run.id, metrics })
      await t.ingest(logRun, { id: run.id, metrics: [...metrics, { key: 'loss', value: 9, step: 2, timestampMs: 9 }] })
      expect((await t.ask(readRun, { id: run.id })).metrics).toEqual({ loss: 1 / 3 })
      const history = await t.ask(readMetricHistory, { id: run.id, key: 'loss' })
      expect(history.total).toBe(4)
      expect(history.points.map(({ step, value }) => [step, value])).toEqual([
        [1, 1],
        [2, 0.5],
        [2, 9],
        [3, 1 / 3],
      ])
      const byTime = await t.ask(readMetricHistory, { id: run.id, key: 'loss', order: 'time', limit: 3 })
      expect(byTime.points.map(({ timestampMs }) => timestampMs)).toEqual([1, 2, 3])
      const rest = await t.ask(readMetricHistory, {
        id: run.id,
        key: 'loss',
        order: 'time',
        limit: 3,
        pageToken: byTime.nextPageToken,
      })
      expect(rest.points.map(({ timestampMs }) => timestampMs)).toEqual([9])
    })
    it('brings NaN and infinities back as they were', async () => {
      const t = await start()
      const run = await aRun(t)
      const values = ['NaN', 'Infinity', '-Infinity'] as const
      await t.ingest(logRun, { id: run.id, metrics: values.map((value) => ({ key: value, value, timestampMs: 1 })) })
      await t.ingest(logRun, { id: run.id, metrics: [{ key: 'NaN', value: 'NaN', timestampMs: 1 }] })
      expect((await t.ask(readRun, { id: run.id })).metrics).toEqual({
        NaN: 'NaN',
        Infinity: 'Infinity',
        '-Infinity': '-Infinity',
      })
      expect(await t.ask(readMetricHistory, { id: run.id, key: 'NaN' })).toMatchObject({
        total: 1,
        points: [{ value: 'NaN' }],
      })
    })
    it('is all or nothing, and never changes a param', async () => {
      const t = await start()
      const run = await aRun(t, { params: { lr: '0.1' } })
      await t.ingest(logRun, { id: run.id, params: { lr: '0.1' } })
      const refused = t.ingest(logRun, {
        id: run.id,
        params: { lr: '0.2' },
        tags: { a: 'b' },
        metrics: [{ key: 'm', value: 1 }],
      })
      await expect(refused).rejects.toThrow('The param "lr" is "0.1" and cannot become "0.2"')
      expect(await t.ask(readRun, { id: run.id })).toMatchObject({ params: { lr: '0.1' }, tags: {}, metrics: {} })
    })
    it('takes thousands of points of many keys in one request, to the last bit', async () => {
      const t = await start()
      const run = await aRun(t)
      const metrics = Array.from({ length: 3000 }, (_, index) => ({
        key: `m${index % 700}`,
        value: Math.sin(index) / 3,
        step: index,
        timestampMs: index,
      }))
      await t.ingest(logRun, { id: run.id, metrics })
      const { metrics: latest } = await t.ask(readRun, { id: run.id })
      expect(Object.keys(latest)).toHaveLength(700)
      expect(latest['m0']).toBe(Math.sin(2800) / 3)
      expect((await t.ask(readMetricHistory, { id: run.id, key: 'm1' })).points[1]?.value).toBe(Math.sin(701) / 3)
    })
    it('loses nothing when many writers log to one run at once', async () => {
      const t = await start()
      const run = await aRun(t)
      const writers = Array.from({ length: 8 }, (_, writer) =>
        t.ingest(logRun, {
          id: run.id,
          metrics: ['b', 'a'].map((key) => ({ key, value: writer, step: writer, timestampMs: 1 })),
        }),
      )
      await Promise.all(writers)
      expect((await t.ask(readRun, { id: run.id })).metrics).toEqual({ a: 7, b: 7 })
      expect((await t.ask(readMetricHistory, { id: run.id, key: 'a' })).total).toBe(8)
    })
    it('overwrites tags, and removes one when asked', async () => {
      const t = await start()
      const run = await aRun(t, { tags: { a: '1', b: '2' } })
      await t.ingest(logRun, { id: run.id, tags: { a: '3' } })
      await t.act(deleteTag, { id: run.id, key: 'b' })
      expect((await t.ask(readRun, { id: run.id })).tags).toEqual({ a: '3' })
      await expect(t.act(deleteTag, { id: run.id, key: 'b' })).rejects.toMatchObject({ status: 404 })
    })
    it('refuses a value that is no number, over HTTP', async () => {
      const t = await start()
      const run = await aRun(t)
      const url = `/api/millrace/v1/w/default/runs/${run.id}/log`
      const answer = await t.app.inject({ method: 'POST', url, payload: { metrics: [{ key: 'a', value: 'x' }] } })
      expect(answer.json()).toMatchObject({ status: 400, code: 'kernel/invalid-input' })
    })
  })

  describe('a logged model', () => {
    it('is pending until it is said to be ready, and belongs to its run', async () => {
      const t = await start()
      const run = await aRun(t)
      const model = await t.act(createLoggedModel, {
        experiment: 'e',
        name: 'net',
        runId: run.id,
        params: { depth: '3' },
      })
      expect(model).toMatchObject({
        status: 'pending',
        artifactRoot: `mlflow-artifacts:/1/models/${model.id}/artifacts`,
      })
      await t.act(updateLoggedModel, { id: model.id, status: 'ready', tags: { a: '1', b: '2' } })
      await t.act(updateLoggedModel, { id: model.id, tags: { a: null } })
      const { items } = await t.ask(listLoggedModels, { experiments: ['e'], name: 'net' })
      expect(items).toMatchObject([{ id: model.id, status: 'ready', tags: { b: '2' }, runId: run.id }])
      expect(t.edges).toContainEqual({ from: ref('run', run.id), type: 'produced', to: ref('logged-model', model.id) })
    })
  })
})
