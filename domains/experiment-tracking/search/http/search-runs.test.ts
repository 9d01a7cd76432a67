import { aPerson, onEachStore } from '@millrace/kernel/testing'
import type { TestKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { deleteRun, logInputs, searchRuns, updateRun } from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }
const search = (t: TestKernel, input: Parameters<typeof searchRuns>[2]) => searchRuns(t.runtime, context, input)

onEachStore((openStore) => {
  const three = async (): Promise<TestKernel> => {
    const t = await trackingKernel(openStore)
    await aRun(t, {
      name: 'one',
      startedAtMs: 1,
      params: { model: 'Tree' },
      tags: { team: 'a*b' },
      metrics: { loss: 0.3, 'val loss': 1 },
    })
    await aRun(t, {
      name: 'two',
      startedAtMs: 2,
      params: { model: 'tree' },
      tags: { team: 'b' },
      metrics: { loss: 0.1 },
    })
    await aRun(t, { name: 'three', startedAtMs: 3, params: { model: 'net' }, metrics: { loss: Number.NaN } })
    await aRun(t, { name: 'four', startedAtMs: 4, experiment: 'other' })
    return t
  }
  const names = async (t: TestKernel, input: Parameters<typeof searchRuns>[2]) =>
    (await search(t, input)).items.map((run) => run.name)

  describe('searching runs', () => {
    it.each([
      ['', ['four', 'three', 'two', 'one']],
      ['metrics.loss < 0.2', ['two']],
      ['metrics.loss != 0.1', ['three', 'one']],
      ['metrics.`val loss` = 1', ['one']],
      ["params.model LIKE 't%'", ['two']],
      ["params.model ILIKE 'T%'", ['two', 'one']],
      ["params.model != 'net'", ['two', 'one']],
      ["tags.team LIKE 'a*_'", ['one']],
      ["tags.team LIKE 'a?b'", []],
      ['tags.team IS NULL', ['four', 'three']],
      ['tags.team IS NOT NULL AND metrics.loss > 0.2', ['one']],
      ["attributes.status = 'RUNNING' and run_name LIKE '%o%'", ['four', 'two', 'one']],
      ['start_time >= 3', ['four', 'three']],
      ["dataset.name = 'local'", ['one']],
      ["artifact_uri LIKE 'mlflow-artifacts:/2/%'", ['four']],
    ])('finds %s', async (filter, expected) => {
      const t = await three()
      const [one] = (await search(t, { filter: "run_name = 'one'" })).items
      await t.act(logInputs, { id: one?.id ?? '', foreign: [{ name: 'local', digest: 'd' }] })
      expect(await names(t, { filter })).toEqual(expected)
    })
    it('orders by metrics, params, tags and attributes, with NaN behind numbers and nothing last, both ways', async () => {
      const t = await three()
      expect(await names(t, { orderBy: ['metrics.loss ASC'] })).toEqual(['two', 'one', 'three', 'four'])
      expect(await names(t, { orderBy: ['metrics.loss DESC'] })).toEqual(['one', 'two', 'three', 'four'])
      expect((await names(t, { orderBy: ['tags.team DESC'] })).slice(0, 2)).toEqual(['two', 'one'])
      expect(await names(t, { orderBy: ['attributes.start_time ASC'] })).toEqual(['one', 'two', 'three', 'four'])
      expect(await names(t, { orderBy: ['end_time ASC', 'run_name ASC'] })).toEqual(['four', 'one', 'three', 'two'])
    })
    it('goes page by page through experiments, and leaves deleted runs out unless asked', async () => {
      const t = await three()
      const first = await search(t, { experiments: ['e'], limit: 2 })
      expect(first.items.map((run) => run.name)).toEqual(['three', 'two'])
      const second = await search(t, { experiments: ['e'], limit: 2, pageToken: first.nextPageToken })
      expect(second.items.map((run) => run.name)).toEqual(['one'])
      expect(second.nextPageToken).toBeUndefined()
      await t.act(deleteRun, { id: second.items[0]?.id ?? '' })
      expect(await names(t, { experiments: ['#1'] })).toEqual(['three', 'two'])
      expect(await names(t, { view: 'deleted' })).toEqual(['one'])
      expect(await names(t, { experiments: ['nowhere'] })).toEqual([])
    })
    it('gives whole runs', async () => {
      const t = await three()
      const [found] = (await search(t, { filter: "run_name = 'one'" })).items
      expect(found).toMatchObject({
        params: { model: 'Tree' },
        tags: { team: 'a*b' },
        metrics: { loss: 0.3, 'val loss': 1 },
        experiment: 'e',
      })
      await t.act(updateRun, { id: found?.id ?? '', status: 'finished' })
      expect(await names(t, { filter: "status = 'FINISHED'" })).toEqual(['one'])
    })
    it('refuses a filter that it cannot read', async () => {
      const t = await trackingKernel(openStore)
      await expect(search(t, { filter: 'metrics.a > 1 OR 1 = 1' })).rejects.toMatchObject({ status: 400 })
    })
  })
})
