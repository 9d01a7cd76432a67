import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { completeTrial } from './actions/complete-trial.ts'
import { putStudy } from './actions/put-study.ts'
import { listStudies, listTrials, readStudy } from './actions/read-studies.ts'
import { reportTrial } from './actions/report-trial.ts'
import { startTrial } from './actions/start-trial.ts'
import { createHyperparameterOptimization } from './domain.ts'

const spec = {
  space: { rate: { type: 'float', low: 1e-4, high: 1, log: true }, depth: { type: 'int', low: 1, high: 9 } },
  metric: 'log_loss',
  seed: 7,
} as const

onEachStore((openStore) => {
  const start = async () =>
    testKernel({ database: await openStore(), domains: (runtime) => [createHyperparameterOptimization(runtime)] })
  type Kernel = Awaited<ReturnType<typeof start>>
  /** Runs trials one after another; the objective is best at depth 5. */
  const runTrials = async (t: Kernel, name: string, count: number) => {
    const tried: unknown[] = []
    for (let index = 0; index < count; index += 1) {
      const { id, params } = await t.act(startTrial, { name })
      await t.act(completeTrial, { id, value: Math.abs(Number(params['depth']) - 5) })
      tried.push(params)
    }
    return tried
  }

  describe('a study', () => {
    it('is declared once, and knows its best trial', async () => {
      const t = await start()
      await t.act(putStudy, { name: 'tune', ...spec })
      const again = await t.act(putStudy, { name: 'tune', ...spec })
      expect(again).toMatchObject({
        trialCount: 0,
        bestValue: null,
        spec: { direction: 'minimize', sampler: 'tpe', pruner: 'none' },
      })
      expect(t.auditTrail).toHaveLength(1)
      await runTrials(t, 'tune', 12)
      const study = await t.ask(readStudy, { name: 'tune' })
      const { items } = await t.ask(listTrials, { name: 'tune' })
      const least = Math.min(...items.map((trial) => trial.value ?? Number.POSITIVE_INFINITY))
      expect(study).toMatchObject({ trialCount: 12, bestValue: least })
      expect(items.find((trial) => trial.id === study.bestTrialId)?.value).toBe(least)
      expect((await t.ask(listStudies, {})).items).toEqual([study])
    })

    it('suggests the same again for the same seed and results, and something else for another seed', async () => {
      const t = await start()
      for (const name of ['one', 'two']) await t.act(putStudy, { name, ...spec })
      await t.act(putStudy, { name: 'other', ...spec, seed: 8 })
      const one = await runTrials(t, 'one', 14)
      expect(await runTrials(t, 'two', 14)).toEqual(one)
      expect(await runTrials(t, 'other', 14)).not.toEqual(one)
    })

    it('gives parallel trials parameters of their own', async () => {
      const t = await start()
      await t.act(putStudy, { name: 'tune', ...spec })
      const trials = await Promise.all(Array.from({ length: 6 }, () => t.act(startTrial, { name: 'tune' })))
      expect(trials.map((trial) => trial.number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])
      expect(new Set(trials.map((trial) => JSON.stringify(trial.params))).size).toBe(6)
    })

    it('ends after its trials, refuses a bad space, and does not change what values mean', async () => {
      const t = await start()
      await t.act(putStudy, { name: 'tune', ...spec, maxTrials: 2 })
      await runTrials(t, 'tune', 2)
      await expect(t.act(startTrial, { name: 'tune' })).rejects.toMatchObject({
        code: 'hyperparameter-optimization/exhausted',
      })
      await expect(t.act(putStudy, { name: 'tune', ...spec, direction: 'maximize' })).rejects.toThrow(
        'has trials already, and its direction',
      )
      await expect(t.act(putStudy, { name: 'tune', ...spec, maxTrials: 3 })).resolves.toMatchObject({ trialCount: 2 })
      const bad = { rate: { type: 'float', low: 2, high: 1 } } as const
      await expect(t.act(putStudy, { name: 'bad', ...spec, space: bad })).rejects.toMatchObject({ status: 400 })
      await expect(t.act(startTrial, { name: 'none' })).rejects.toMatchObject({ status: 404 })
    })
  })

  describe('a trial', () => {
    it('is part of its study and executed as its run', async () => {
      const t = await start()
      const study = await t.act(putStudy, { name: 'tune', ...spec })
      const trial = await t.act(startTrial, { name: 'tune' })
      await t.act(completeTrial, { id: trial.id, value: 0.3, runId: 'r1' })
      expect(t.edges).toEqual([
        { from: { kind: 'trial', id: trial.id }, type: 'part_of', to: { kind: 'study', id: study.id } },
        { from: { kind: 'trial', id: trial.id }, type: 'executed_as', to: { kind: 'run', id: 'r1' } },
      ])
      expect(await t.events()).toMatchObject([
        { name: 'hyperparameter-optimization.trial.ended', payload: { number: 1, value: 0.3 } },
      ])
    })

    it('ends once: the same again changes nothing, another end is refused', async () => {
      const t = await start()
      await t.act(putStudy, { name: 'tune', ...spec })
      const { id } = await t.act(startTrial, { name: 'tune' })
      await expect(t.act(completeTrial, { id, value: null })).rejects.toMatchObject({
        code: 'hyperparameter-optimization/no-value',
      })
      await t.act(completeTrial, { id, value: 1 })
      await expect(t.act(completeTrial, { id, value: 1 })).resolves.toMatchObject({ state: 'complete', value: 1 })
      await expect(t.act(completeTrial, { id, value: 2 })).rejects.toMatchObject({ status: 409 })
      await expect(t.ingest(reportTrial, { id, value: 1, step: 1 })).rejects.toMatchObject({ status: 409 })
    })

    it('reports on its way, and hears when it had better stop', async () => {
      const t = await start()
      await t.act(putStudy, { name: 'tune', ...spec, pruner: 'median' })
      for (let index = 0; index < 5; index += 1) {
        const { id } = await t.act(startTrial, { name: 'tune' })
        for (const step of [1, 2]) await t.ingest(reportTrial, { id, step, value: 1 })
        await t.act(completeTrial, { id, value: 1 })
      }
      const { id } = await t.act(startTrial, { name: 'tune' })
      expect(await t.ingest(reportTrial, { id, step: 1, value: 0.5 })).toEqual({ shouldPrune: false })
      const other = await t.act(startTrial, { name: 'tune' })
      expect(await t.ingest(reportTrial, { id: other.id, step: 1, value: 9 })).toEqual({ shouldPrune: true })
      expect(await t.act(completeTrial, { id: other.id, state: 'pruned' })).toMatchObject({ value: 9, lastStep: 1 })
      expect(await t.act(completeTrial, { id, state: 'failed' })).toMatchObject({ state: 'failed', value: null })
    })
  })
})
