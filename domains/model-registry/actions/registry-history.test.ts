import { ref } from '@millrace/contract'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking, deleteRun } from '@millrace/experiment-tracking'
import type { Runtime } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import {
  attachEvidence,
  copyModelVersion,
  createModelRegistry,
  deleteModel,
  deleteVersion,
  findVersions,
  listModels,
  localModelFile,
  moveAlias,
  moveStage,
  newestVersions,
  putModel,
  readAliasHistory,
  readModel,
  readModelHistory,
  readVersionById,
  registerVersion,
  renameModel,
  resolveModelVersion,
  searchModels,
  setApproval,
  tagModel,
  updateVersion,
} from '../domain.ts'
import * as contract from '../contract.ts'
import { aModelVersion } from '../testing/a-model-version.ts'

const context = { workspace: 'default', actor: { id: 'usr_ann', kind: 'user' as const, name: 'ann' } }

onEachStore((openStore) => {
  const start = async () =>
    testKernel({
      database: await openStore(),
      domains: (runtime: Runtime) => [
        createDatasets(runtime),
        createExperimentTracking(runtime),
        createModelRegistry(runtime),
      ],
    })

  describe('the history of a model', () => {
    it('says who moved what, when, from where and why', async () => {
      const t = await start()
      const version = await aModelVersion(t)
      const name = version.model
      t.clock.advance(1)
      await t.act(moveAlias, { name, alias: 'champion', version: 1, reason: 'first' })
      t.clock.advance(1)
      await t.act(moveStage, { id: version.id, stage: 'Production' })
      t.clock.advance(1)
      await t.act(setApproval, { versionId: version.id, approval: 'approved', reason: 'good' })
      t.clock.advance(1)
      const { spec } = await t.ask(readModel, { name })
      await t.act(putModel, { ...spec, name, owner: 'team-a' })
      t.clock.advance(1)
      await t.act(renameModel, { name, newName: 'other' })
      const { items, nextPageToken } = await t.ask(readModelHistory, { name: 'other', limit: 4 })
      const rest = await t.ask(readModelHistory, { name: 'other', pageToken: nextPageToken })
      const told = [...items, ...rest.items].map(({ kind, subject, from, to, reason }) => [
        kind,
        subject,
        from,
        to,
        reason,
      ])
      expect(told.slice(0, 5)).toEqual([
        ['renamed', '', name, 'other', null],
        ['owner', '', 'ann', 'team-a', null],
        ['approval', '', 'none', 'approved', 'good'],
        ['stage', '', 'None', 'Production', null],
        ['alias', 'champion', null, '1', 'first'],
      ])
      expect(new Set(told.slice(5).map(([kind]) => kind))).toEqual(new Set(['created', 'registered']))
      expect(items[0]?.by).toEqual({ id: 'usr_ann', name: 'ann' })
      const ofOne = await t.ask(readModelHistory, { name: 'other', version: 1 })
      expect(ofOne.items.map(({ kind }) => kind)).toEqual(['approval', 'stage', 'alias', 'registered'])
    })
  })

  it('stays whole when many move one alias at once: every move starts where the last one ended', async () => {
    const t = await start()
    const [one] = [await aModelVersion(t), await aModelVersion(t), await aModelVersion(t)]
    const moves = Array.from({ length: 9 }, (_, at) => (at % 3) + 1)
    await Promise.all(moves.map((version) => t.act(moveAlias, { name: one.model, alias: 'champion', version })))
    const { items } = await t.ask(readAliasHistory, { name: one.model, alias: 'champion' })
    const told = items.toReversed()
    for (const [at, move] of told.entries()) expect(move.from).toBe(at === 0 ? null : told[at - 1]?.to)
    expect((await t.ask(readModel, { name: one.model })).aliases).toEqual({ champion: told.at(-1)?.to })
  })

  describe('a stage', () => {
    it('archives the others where asked, and only for Staging and Production', async () => {
      const t = await start()
      const [one, two] = [await aModelVersion(t), await aModelVersion(t)]
      await t.act(moveStage, { id: one.id, stage: 'Production' })
      const moved = await t.act(moveStage, { id: two.id, stage: 'Production', archiveExisting: true })
      expect(moved.stage).toBe('Production')
      expect((await t.ask(readVersionById, { id: one.id })).stage).toBe('Archived')
      expect((await t.events(contract.stageMoved.eventName)).at(-1)?.payload).toMatchObject({
        version: 2,
        archived: [1],
      })
      const refused = t.act(moveStage, { id: two.id, stage: 'Archived', archiveExisting: true })
      await expect(refused).rejects.toMatchObject({ code: 'model-registry/cannot-archive' })
      const { items } = await t.ask(newestVersions, { models: [one.model], stages: [] })
      expect(items.map(({ version, stage }) => [version, stage])).toEqual([
        [1, 'Archived'],
        [2, 'Production'],
      ])
    })
  })

  describe('a model', () => {
    it('has an owner, and a default alias that its name alone means', async () => {
      const t = await start()
      await t.act(putModel, { name: 'flight-delay', defaultAlias: 'champion' })
      const [one, two] = [await aModelVersion(t), await aModelVersion(t)]
      const meant = async () => (await t.ask(resolveModelVersion, { reference: 'models:/flight-delay' })).id
      const latest = await meant()
      const { spec } = await t.ask(readModel, { name: 'flight-delay' })
      await t.act(putModel, { ...spec, name: 'flight-delay', defaultAlias: 'champion' })
      await t.act(moveAlias, { name: 'flight-delay', alias: 'champion', version: 1 })
      expect([latest, await meant()]).toEqual([two.id, one.id])
      expect((await t.ask(readModel, { name: 'flight-delay' })).owner).toBe('ann')
    })
    it('is found by name and tags, by bytes; a tag is no change of it', async () => {
      const t = await start()
      for (const name of ['Alpha', 'alpha', 'beta', 'beta_2']) await t.act(putModel, { name, tags: { n: name } })
      t.clock.advance(10)
      await t.act(tagModel, { name: 'beta', tags: { team: 'a', n: null } })
      const found = async (where: contract.Clause[], more: object = {}) =>
        (await t.ask(searchModels, { where, ...more })).items.map(({ name }) => name)
      const clause = (comparator: contract.Clause['comparator'], value: string, key?: string): contract.Clause =>
        key === undefined ? { field: 'name', comparator, value } : { field: 'tag', key, comparator, value }
      expect(await found([])).toEqual(['Alpha', 'alpha', 'beta', 'beta_2'])
      expect(await found([clause('LIKE', 'a%')])).toEqual(['alpha'])
      expect(await found([clause('ILIKE', 'A%')])).toEqual(['Alpha', 'alpha'])
      expect(await found([clause('LIKE', 'beta_%')])).toEqual(['beta_2'])
      expect(await found([clause('=', 'a', 'team')])).toEqual(['beta'])
      expect(await found([clause('!=', 'alpha', 'n')])).toEqual(['Alpha', 'beta_2'])
      expect(await found([{ field: 'name', comparator: 'IN', value: ['beta', 'alpha'] }])).toEqual(['alpha', 'beta'])
      expect(await found([], { orderBy: [{ field: 'name', descending: true }], limit: 1 })).toEqual(['beta_2'])
      expect((await t.ask(readModel, { name: 'beta' })).updatedAtMs).toBe(t.clock.nowMs - 10)
      const page = await t.ask(searchModels, { limit: 3 })
      const next = await t.ask(searchModels, { limit: 3, pageToken: page.nextPageToken })
      expect([page.items.length, next.items.length, next.nextPageToken]).toEqual([3, 1, undefined])
      await expect(
        t.ask(searchModels, { where: [{ field: 'runId', comparator: '=', value: 'x' }] }),
      ).rejects.toMatchObject({
        code: 'model-registry/bad-search',
      })
    })
    it('that is a prompt is left out of lists of models', async () => {
      const t = await start()
      await t.act(putModel, { name: 'model' })
      await t.act(putModel, { name: 'greeting', tags: { 'mlflow.prompt.is_prompt': 'true' } })
      expect((await t.ask(listModels, {})).items.map(({ name }) => name)).toEqual(['model'])
      expect((await t.ask(listModels, { kind: 'prompt' })).items).toMatchObject([{ name: 'greeting', kind: 'prompt' }])
    })
    it('goes with all its versions where asked, unless one is held', async () => {
      const t = await start()
      const [one, two] = [await aModelVersion(t), await aModelVersion(t)]
      await t.act(moveAlias, { name: one.model, alias: 'champion', version: 1 })
      await copyModelVersion(t.runtime, context, { name: one.model, from: `models:/${one.model}/2` })
      await expect(t.act(deleteModel, { name: one.model })).rejects.toThrow('has 3 versions')
      const hold = (place: boolean) =>
        t.runtime.database.write(async (tx) => {
          const row = {
            workspace: 'default',
            kind: 'model-version',
            id: two.id,
            holder_kind: 'deployment',
            holder_id: 'dep_1',
          }
          const holds = tables<{ kernel_hold: typeof row & { reason: string; at_ms: number } }>(tx)
          if (place)
            await holds
              .insertInto('kernel_hold')
              .values({ ...row, reason: 'it is live', at_ms: 1 })
              .execute()
          else await holds.deleteFrom('kernel_hold').where('holder_id', '=', 'dep_1').execute()
        })
      await hold(true)
      await expect(t.act(deleteModel, { name: one.model, withVersions: true })).rejects.toThrow('it is live')
      expect((await t.ask(readModel, { name: one.model })).aliases).toEqual({ champion: 1 })
      await hold(false)
      await t.act(deleteModel, { name: one.model, withVersions: true })
      expect((await t.ask(findVersions, {})).items).toEqual([])
    })
  })

  describe('a version', () => {
    it('is found by name, number, run, source and tags', async () => {
      const t = await start()
      const [one, two] = [await aModelVersion(t), await aModelVersion(t)]
      await t.act(updateVersion, { id: two.id, tags: { stage: 'b' } })
      t.clock.advance(1)
      await t.act(updateVersion, { id: one.id, description: 'changed last' })
      const found = async (where: contract.Clause[], more: object = {}) =>
        (await t.ask(findVersions, { where, ...more })).items.map(({ version }) => version)
      expect(await found([])).toEqual([1, 2])
      expect(await found([{ field: 'version', comparator: '>=', value: 2 }])).toEqual([2])
      expect(await found([{ field: 'runId', comparator: 'IN', value: [one.runId ?? '', 'x'] }])).toEqual([1])
      expect(await found([{ field: 'source', comparator: '=', value: two.source }])).toEqual([2])
      expect(await found([{ field: 'tag', key: 'stage', comparator: 'ILIKE', value: 'B' }])).toEqual([2])
      expect(await found([{ field: 'name', comparator: '!=', value: one.model }])).toEqual([])
      expect(await found([], { orderBy: [{ field: 'createdAtMs' }, { field: 'version' }] })).toEqual([1, 2])
    })
    it('may stand on files elsewhere, which are told and not verified', async () => {
      const t = await start()
      await t.act(putModel, { name: 'm' })
      const source = 's3://bucket/model'
      const told = { name: 'm', source, storageUri: source, runId: 'unknown', unverified: true }
      const version = await t.act(registerVersion, told)
      expect(version).toMatchObject({ source, digest: '', runId: 'unknown', format: 'other', state: 'ready' })
      expect(t.edges).toEqual([])
      await expect(localModelFile(t.runtime, context, version.id)).rejects.toThrow('holds no single ONNX file')
      await t.act(deleteVersion, { id: version.id })
    })
    it('is copied within a workspace, standing on the same files', async () => {
      const t = await start()
      const one = await aModelVersion(t)
      await t.act(putModel, { name: 'production' })
      const copy = await copyModelVersion(t.runtime, context, { name: 'production', from: `models:/${one.model}/1` })
      expect(copy).toMatchObject({ model: 'production', version: 1, digest: one.digest, derivedFrom: one.id })
      expect(t.edges).toContainEqual({
        from: ref('model-version', copy.id),
        type: 'derived_from',
        to: ref('model-version', one.id),
      })
      await t.act(deleteVersion, { id: one.id })
      await expect(t.act(deleteRun, { id: copy.runId ?? '' })).rejects.toThrow(
        'version 1 of "production" was made from it',
      )
      expect(await localModelFile(t.runtime, context, copy.id)).toContain('model.onnx')
    })
    it('is copied to another workspace with its files', async () => {
      const t = await start()
      const one = await aModelVersion(t)
      await t.act(moveAlias, { name: one.model, alias: 'champion', version: 1 })
      const there = { ...context, workspace: 'other' }
      const from = `models://default/${one.model}@champion`
      await expect(copyModelVersion(t.runtime, there, { name: 'shared', from })).rejects.toMatchObject({ status: 404 })
      await t.act(putModel, { name: 'shared' }, { workspace: 'other' })
      const copy = await copyModelVersion(t.runtime, there, { name: 'shared', from })
      expect(copy).toMatchObject({
        model: 'shared',
        version: 1,
        source: `models://default/${one.model}/1`,
        format: 'onnx',
      })
      expect(await localModelFile(t.runtime, there, copy.id)).toContain('model.onnx')
      // The original may go: the copy stands on files of its own.
      await t.act(deleteVersion, { id: one.id, withAliases: true })
      expect(await localModelFile(t.runtime, there, copy.id)).toContain('model.onnx')
      const answer = await t.app.inject({
        method: 'POST',
        url: '/api/millrace/v1/w/other/models/shared/copies',
        payload: { from: 'models:/shared/1' },
      })
      expect([answer.statusCode, answer.json<{ version: number }>().version]).toEqual([201, 2])
    })
    it('carries baselines and reports as evidence, with what the figures alone do not say', async () => {
      const t = await start()
      const { id } = await aModelVersion(t)
      const details = { constraints: { age: { minimum: 0 } } }
      const said = { id, verdict: 'pass' as const, sentence: 'Ages are not negative.' }
      expect(await t.act(attachEvidence, { ...said, kind: 'baseline', details })).toMatchObject({
        kind: 'baseline',
        details,
      })
    })
  })
})
