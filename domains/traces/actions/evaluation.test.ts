import { putExperiment } from '@millrace/experiment-tracking'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import {
  createEvaluationDataset,
  deleteEvaluationDataset,
  deleteRecords,
  deleteScorer,
  linkEvaluationDataset,
  listRecords,
  listScorers,
  listScorerSampling,
  putRecords,
  readEvaluationDataset,
  registerScorer,
  sampleScorer,
  searchEvaluationDatasets,
  tagEvaluationDataset,
} from '../domain.ts'
import { tracesKernel } from '../testing/a-trace.ts'

onEachStore((openStore) => {
  describe('an evaluation data set', () => {
    it('takes records once for the same inputs, and learns their schema', async () => {
      const t = await tracesKernel(openStore)
      const { id } = await t.act(createEvaluationDataset, {
        name: 'qa',
        experimentIds: ['0'],
        tags: { 'mlflow.user': 'ann' },
      })
      expect(id).toMatch(/^d-[0-9a-f]{32}$/)
      const first = { inputs: { q: 'a', n: 1 }, expectations: { answer: 'x' }, tags: { one: '1' } }
      const again = { inputs: { n: 1, q: 'a' }, outputs: 'out', expectations: { more: true }, tags: { two: '2' } }
      expect(await t.act(putRecords, { id, records: [first, { inputs: { q: 'b' } }] })).toEqual({
        inserted: 2,
        updated: 0,
      })
      t.clock.advance(10)
      expect(await t.act(putRecords, { id, records: [again] })).toEqual({ inserted: 0, updated: 1 })
      const { items } = await t.ask(listRecords, { id })
      expect(items).toMatchObject([
        { outputs: 'out', expectations: { answer: 'x', more: true }, tags: { one: '1', two: '2' } },
        { inputs: { q: 'b' } },
      ])
      expect(await t.ask(readEvaluationDataset, { id })).toMatchObject({
        recordCount: 2,
        createdBy: 'ann',
        schema: {
          inputs: { q: 'string', n: 'integer' },
          outputs: 'string',
          expectations: { answer: 'string', more: 'boolean' },
        },
      })
      expect(await t.act(deleteRecords, { id, recordIds: items.map((record) => record.id) })).toEqual({ deleted: 2 })
      expect(await t.act(deleteRecords, { id, recordIds: ['dr-none'] })).toEqual({ deleted: 0 })
    })
    it('lists its records page by page, in the order in which they came', async () => {
      const t = await tracesKernel(openStore)
      const { id } = await t.act(createEvaluationDataset, { name: 'qa' })
      const records = Array.from({ length: 7 }, (_, number) => ({ inputs: { number } }))
      await t.act(putRecords, { id, records })
      const seen: unknown[] = []
      let token: string | undefined
      do {
        const page = await t.ask(listRecords, { id, limit: 3, ...(token === undefined ? {} : { pageToken: token }) })
        seen.push(...page.items.map(({ inputs }) => inputs['number']))
        token = page.nextPageToken
      } while (token !== undefined)
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6])
    })
    it('is found by name, tags, times and experiments', async () => {
      const t = await tracesKernel(openStore)
      const ids: string[] = []
      for (const name of ['qa-one', 'qa-two', 'other']) {
        t.clock.advance(1000)
        const tags = { team: name === 'other' ? 'b' : 'a' }
        ids.push(
          (await t.act(createEvaluationDataset, { name, tags, experimentIds: name === 'other' ? [] : ['0'] })).id,
        )
      }
      const names = async (filter: string, more: object = {}) => {
        const { items } = await t.ask(searchEvaluationDatasets, { filter, ...more })
        return items.map(({ name }) => name)
      }
      expect(await names('')).toEqual(['other', 'qa-two', 'qa-one'])
      expect(await names("name LIKE 'qa%' AND tags.team = 'a'")).toEqual(['qa-two', 'qa-one'])
      expect(await names("name ILIKE '%ONE'")).toEqual(['qa-one'])
      expect(await names("name IN ('other')")).toEqual(['other'])
      expect(await names(`created_time < ${t.clock.nowMs}`, { orderBy: ['name ASC'] })).toEqual(['qa-one', 'qa-two'])
      expect(await names('', { experimentId: ['0'] })).toEqual(['qa-two', 'qa-one'])
      await expect(names("size = '1'")).rejects.toThrow("Invalid attribute key 'size'")
      const page = await t.ask(searchEvaluationDatasets, { limit: 2 })
      expect(await names('', { limit: 2, pageToken: page.nextPageToken })).toEqual(['qa-one'])
    })
    it('is tagged, linked and deleted', async () => {
      const t = await tracesKernel(openStore)
      const other = await t.act(putExperiment, { name: 'other' })
      const { id } = await t.act(createEvaluationDataset, {
        name: 'qa',
        experimentIds: ['0'],
        tags: { a: '1', b: '2' },
      })
      expect(await t.act(tagEvaluationDataset, { id, tags: { a: null, c: '3' } })).toMatchObject({
        tags: { b: '2', c: '3' },
      })
      expect(await t.act(linkEvaluationDataset, { id, add: [other.id], remove: ['0', '99'] })).toMatchObject({
        experimentIds: [other.id],
      })
      await expect(t.act(linkEvaluationDataset, { id, add: ['99'] })).rejects.toMatchObject({ status: 404 })
      await t.act(deleteEvaluationDataset, { id })
      await t.act(deleteEvaluationDataset, { id })
      await expect(t.ask(readEvaluationDataset, { id })).rejects.toMatchObject({
        code: 'traces/evaluation-dataset-not-found',
      })
    })
  })

  describe('a scorer', () => {
    it('counts its versions, and loses one or all of them', async () => {
      const t = await tracesKernel(openStore)
      const scorer = { experimentId: '0', name: 'polite' }
      for (const version of [1, 2]) {
        const serialized = JSON.stringify({ name: 'polite', version })
        expect(await t.act(registerScorer, { ...scorer, serialized })).toMatchObject({ version })
      }
      expect((await t.ask(listScorers, {})).items.map(({ version }) => version)).toEqual([2])
      expect((await t.ask(listScorers, { experimentId: '0', name: 'polite' })).items).toHaveLength(2)
      await t.act(deleteScorer, { ...scorer, version: 2 })
      await expect(t.act(deleteScorer, { ...scorer, version: 2 })).rejects.toThrow(
        "Scorer with name 'polite' and version 2 not found for experiment 0.",
      )
      await t.act(deleteScorer, scorer)
      await expect(t.act(deleteScorer, scorer)).rejects.toMatchObject({ status: 404 })
    })
    it('is refused when it holds source code, wherever it is hidden', async () => {
      const t = await tracesKernel(openStore)
      const register = (serialized: string) => t.act(registerScorer, { experimentId: '0', name: 's', serialized })
      await expect(register('{')).rejects.toThrow('must be valid JSON')
      await expect(register('{"scorers":[{"call_source":"import os"}]}')).rejects.toThrow('source code')
      await expect(register('{"call_source":null}')).resolves.toMatchObject({ version: 1 })
    })
    it('sees the share of live traces that is asked for', async () => {
      const t = await tracesKernel(openStore)
      const { scorerId } = await t.act(registerScorer, { experimentId: '0', name: 's', serialized: '{}' })
      const sampling = { experimentId: '0', name: 's', rate: 0.5, filter: "trace.status = 'OK'" }
      expect(await t.act(sampleScorer, sampling)).toMatchObject({ scorerId, rate: 0.5 })
      expect((await t.ask(listScorerSampling, { scorerId: [scorerId, 'none'] })).items).toMatchObject([{ rate: 0.5 }])
      await expect(t.act(sampleScorer, { ...sampling, rate: 2 })).rejects.toThrow('between 0.0 and 1.0')
      await expect(t.act(sampleScorer, { ...sampling, filter: 'x' })).rejects.toMatchObject({ status: 400 })
    })
  })
})
