import { ref } from '@millrace/contract'
import { tables } from '@millrace/kernel/db'
import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { AnswerOf } from '@millrace/contract'
import { artifactRef } from '../../artifacts/model/artifact-place.ts'
import type * as contract from '../../contract.ts'
import {
  collectTrash,
  createLoggedModel,
  deleteExperiment,
  deleteLoggedModel,
  deleteRun,
  listTrash,
  logRun,
  purgeExperiment,
  purgeRun,
  putArtifact,
  putExperiment,
  readExperiment,
  readRun,
  restoreRun,
} from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'

const context = { actor: { id: 'usr_ann', kind: 'user' as const, name: 'ann' }, workspace: 'default' }
const dayMs = 86_400_000
const retain = 'experiment-tracking.apply-retention'

const put = (t: TestKernel, id: string, path: string, text: string) =>
  putArtifact(t.runtime, context, { owner: 'run', id, path }, new TextEncoder().encode(text))
const collect = (t: TestKernel, wish: Partial<{ dryRun: boolean; olderThanMs: number; graceMs: number }> = {}) =>
  collectTrash(t.runtime, context, wish)

async function keysOf(t: TestKernel): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of t.runtime.objects.list('experiments')) keys.push(key)
  return keys
}

async function rowsLeft(t: TestKernel, runId: string): Promise<string[]> {
  const left: string[] = []
  for (const name of ['param', 'tag', 'metric', 'log', 'chunk', 'run_metrics', 'run_document', 'input']) {
    const db = tables<Record<string, { run_id: string }>>(t.runtime.database.reader)
    const found = await db.selectFrom(`experiment_tracking_${name}`).selectAll().where('run_id', '=', runId).execute()
    if (found.length > 0) left.push(name)
  }
  return left
}

async function hold(t: TestKernel, on: { kind: string; id: string }): Promise<void> {
  const holder = ref('model-version', 'ver_1')
  const row = { workspace: 'default', kind: on.kind, id: on.id, holder_kind: holder.kind, holder_id: holder.id }
  await t.runtime.database.write((tx) =>
    tables<{ kernel_hold: Record<string, string | number> }>(tx)
      .insertInto('kernel_hold')
      .values({ ...row, reason: 'it is its file', at_ms: 0 })
      .execute(),
  )
}

onEachStore((openStore) => {
  const start = async () => {
    const t = await trackingKernel(openStore)
    const run = await aRun(t, { metrics: { loss: 1 }, params: { depth: '3' }, tags: { team: 'a' } })
    await put(t, run.id, 'model.onnx', 'twelve bytes')
    return { t, run }
  }

  describe('the trash', () => {
    it('lists what was deleted with its files, and lets it be restored', async () => {
      const { t, run } = await start()
      await t.act(deleteRun, { id: run.id })
      const { items } = await t.ask(listTrash, {})
      expect(items).toMatchObject([{ kind: 'run', id: run.id, experiment: 'e', files: 1, sizeBytes: 12 }])
      await t.act(restoreRun, { id: run.id })
      expect((await t.ask(listTrash, {})).items).toEqual([])
    })
    it('pages through everything once', async () => {
      const { t } = await start()
      const ids: string[] = []
      for (let count = 0; count < 5; count += 1) {
        const { id } = await aRun(t)
        await t.act(deleteRun, { id })
        ids.push(id)
        if (count % 2 === 0) t.clock.advance(1)
      }
      const seen: string[] = []
      for (let token: string | undefined = ''; token !== undefined;) {
        const page: AnswerOf<typeof contract.listTrash> = await t.ask(listTrash, {
          limit: 2,
          ...(token === '' ? {} : { pageToken: token }),
        })
        seen.push(...page.items.map(({ id }) => id))
        token = page.nextPageToken
      }
      expect(seen.toSorted()).toEqual(ids.toSorted())
    })
    it('forgets a run for good: rows, names of files, and then their bytes', async () => {
      const { t, run } = await start()
      await expect(t.act(purgeRun, { id: run.id })).rejects.toMatchObject({ code: 'experiment-tracking/not-in-trash' })
      await t.act(deleteRun, { id: run.id })
      expect(await t.act(purgeRun, { id: run.id })).toEqual({ files: 1, bytes: 12 })
      await expect(t.ask(readRun, { id: run.id })).rejects.toMatchObject({ code: 'experiment-tracking/run-not-found' })
      expect(await rowsLeft(t, run.id)).toEqual([])
      expect(t.auditTrail.at(-1)).toMatchObject({ action: 'experiment-tracking.purge-run', object: ref('run', run.id) })
      await t.kernel.chores.runNow('experiment-tracking.free-purged')
      expect(await keysOf(t)).toEqual([])
    })
    it('refuses to forget what something stands on', async () => {
      const { t, run } = await start()
      await t.act(deleteRun, { id: run.id })
      await hold(t, artifactRef({ kind: 'run', id: run.id }, 'model.onnx'))
      await expect(t.act(purgeRun, { id: run.id })).rejects.toMatchObject({ code: 'kernel/held' })
    })
    it('takes children along when asked, all or none', async () => {
      const { t, run } = await start()
      const child = await aRun(t, { parentRunId: run.id })
      const tagged = await aRun(t, { tags: { 'mlflow.parentRunId': child.id } })
      await t.act(deleteRun, { id: run.id, withChildren: true })
      expect((await t.ask(listTrash, {})).items.map(({ id }) => id).toSorted()).toEqual(
        [run.id, child.id, tagged.id].toSorted(),
      )
      await t.act(restoreRun, { id: tagged.id })
      await expect(t.act(purgeRun, { id: run.id, withChildren: true })).rejects.toMatchObject({
        code: 'experiment-tracking/not-in-trash',
      })
      await t.act(deleteRun, { id: tagged.id })
      await t.act(purgeRun, { id: run.id, withChildren: true })
      expect((await t.ask(listTrash, {})).items).toEqual([])
    })
    it('never gives the number of a forgotten experiment again', async () => {
      const { t, run } = await start()
      const before = await t.ask(readExperiment, { name: 'e' })
      await t.act(deleteExperiment, { name: 'e' })
      await expect(t.act(purgeExperiment, { name: 'e' })).rejects.toMatchObject({
        code: 'experiment-tracking/experiment-not-empty',
      })
      await t.act(purgeRun, { id: run.id })
      await t.act(purgeExperiment, { name: 'e' })
      expect((await t.act(putExperiment, { name: 'e' })).number).toBe(before.number + 1)
    })
  })

  describe('a collection', () => {
    it('says what it would free, frees that and no more, and finds nothing the second time', async () => {
      const { t, run } = await start()
      const kept = await aRun(t)
      await put(t, kept.id, 'kept.txt', 'kept')
      const model = await t.act(createLoggedModel, { experiment: 'e', name: 'm' })
      await t.act(deleteRun, { id: run.id })
      await t.act(deleteLoggedModel, { id: model.id })
      expect(await collect(t)).toMatchObject({ runs: 0, loggedModels: 0, bytes: 0 })
      t.clock.advance(31 * dayMs)
      const wouldFree = { runs: 1, loggedModels: 1, experiments: 0, files: 1, bytes: 12, held: [], young: 0 }
      expect(await collect(t)).toMatchObject({ dryRun: true, ...wouldFree })
      expect(await keysOf(t)).toHaveLength(2)
      expect(await collect(t, { dryRun: false })).toMatchObject({ dryRun: false, ...wouldFree })
      expect(await keysOf(t)).toEqual([`experiments/1/${kept.id}/artifacts/kept.txt`])
      expect(await collect(t, { dryRun: false })).toMatchObject({ runs: 0, loggedModels: 0, bytes: 0 })
    })
    it('leaves what is held, and names it', async () => {
      const { t, run } = await start()
      await t.act(deleteRun, { id: run.id })
      await hold(t, artifactRef({ kind: 'run', id: run.id }, 'model.onnx'))
      t.clock.advance(31 * dayMs)
      for (const dryRun of [true, false]) {
        const { runs, held } = await collect(t, { dryRun })
        expect([runs, held]).toMatchObject([0, [{ kind: 'run', id: run.id }]])
      }
      expect(await keysOf(t)).toHaveLength(1)
    })
    it('leaves what got a file within the grace period', async () => {
      const { t, run } = await start()
      await t.act(deleteRun, { id: run.id })
      expect(await collect(t, { dryRun: false, olderThanMs: 0 })).toMatchObject({ runs: 0, young: 1 })
      expect(await collect(t, { dryRun: false, olderThanMs: 0, graceMs: 0 })).toMatchObject({ runs: 1, young: 0 })
    })
    it('forgets a deleted experiment after its runs, over pages', async () => {
      const { t } = await start()
      await aRun(t)
      await aRun(t)
      await t.act(deleteExperiment, { name: 'e' })
      t.clock.advance(31 * dayMs)
      const sum = { runs: 0, experiments: 0 }
      for (let token: string | undefined = ''; token !== undefined;) {
        const page: AnswerOf<typeof contract.collectTrash> = await collectTrash(t.runtime, context, {
          dryRun: false,
          limit: 2,
          ...(token === '' ? {} : { pageToken: token }),
        })
        sum.runs += page.runs
        sum.experiments += page.experiments
        token = page.nextPageToken
      }
      expect(sum).toEqual({ runs: 3, experiments: 1 })
      await expect(t.ask(readExperiment, { name: 'e' })).rejects.toMatchObject({ status: 404 })
    })
  })

  describe('the retention of an experiment', () => {
    it('forgets deleted runs and frees artifacts of old ones, but not those that are kept', async () => {
      const { t, run } = await start()
      const kept = await aRun(t, { tags: { 'millrace.keep': 'yes' }, status: 'finished' })
      const old = await aRun(t, { status: 'finished', metrics: { loss: 2 } })
      const held = await aRun(t, { status: 'finished' })
      for (const { id } of [kept, old, held]) await put(t, id, 'a.bin', 'bytes')
      await hold(t, artifactRef({ kind: 'run', id: held.id }, 'a.bin'))
      await t.act(putExperiment, { name: 'e', retention: { deletedRunsDays: 7, artifactsDays: 90 } })
      await t.act(deleteRun, { id: run.id })
      t.clock.advance(8 * dayMs)
      await t.kernel.chores.runNow(retain)
      await expect(t.ask(readRun, { id: run.id })).rejects.toMatchObject({ status: 404 })
      t.clock.advance(90 * dayMs)
      await t.kernel.chores.runNow(retain)
      await t.kernel.chores.runNow('experiment-tracking.free-purged')
      const left = [kept, held].map(({ id }) => `experiments/1/${id}/artifacts/a.bin`)
      expect(await keysOf(t)).toEqual(left.toSorted())
      expect(await t.ask(readRun, { id: old.id })).toMatchObject({ metrics: { loss: 2 } })
    })
    it('is part of what an experiment is declared to be', async () => {
      const { t } = await start()
      const retention = { artifactsDays: 30, keep: 'aliased' as const }
      await t.act(putExperiment, { name: 'e', retention })
      expect((await t.ask(readExperiment, { name: 'e' })).spec.retention).toEqual(retention)
      await t.act(putExperiment, { name: 'e' })
      expect((await t.ask(readExperiment, { name: 'e' })).spec.retention).toBeUndefined()
    })
  })

  describe('a quota', () => {
    it('warns, then refuses runs, points and files, and usage says how much there is', async () => {
      const { t, run } = await start()
      const ask = async (method: 'GET' | 'PUT', path: string, payload?: object) => {
        const url = `/api/millrace/v1/w/default${path}`
        return (await t.app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })).json<
          AnswerOf<typeof contract.readUsage>
        >()
      }
      expect(await ask('GET', '/usage')).toMatchObject({
        artifacts: { files: 1, bytes: 12 },
        runs: { active: 1, deleted: 0 },
        pointsToday: 1,
        quota: null,
        warnings: [],
      })
      await ask('PUT', '/quota', { artifactBytes: 20, runs: 2, pointsPerDay: 3 })
      const second = await aRun(t)
      const refused = { code: 'experiment-tracking/quota-exceeded', status: 403 }
      await expect(aRun(t)).rejects.toMatchObject(refused)
      const log = (count: number) =>
        t.ingest(logRun, {
          id: second.id,
          metrics: Array.from({ length: count }, (_, step) => ({ key: 'loss', value: 1, step })),
        })
      await log(2)
      await expect(log(1)).rejects.toMatchObject(refused)
      await expect(put(t, run.id, 'large.bin', 'more than is left')).rejects.toMatchObject(refused)
      await put(t, run.id, 'small.bin', 'fits')
      expect((await ask('GET', '/usage')).warnings.map(({ limit }) => limit)).toEqual([
        'artifactBytes',
        'runs',
        'pointsPerDay',
      ])
      expect((await keysOf(t)).some((key) => key.endsWith('large.bin'))).toBe(false)
    })
  })
})
