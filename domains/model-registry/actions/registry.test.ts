import { Problem, ref } from '@millrace/contract'
import { registerVersion as registerData } from '@millrace/datasets'
import { createLoggedModel, createRun, deleteRun, putArtifact } from '@millrace/experiment-tracking'
import type { Domain } from '@millrace/kernel'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import type { TestKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { aliasMoved, evidenceAttached, versionCreated } from '../contract.ts'
import {
  attachEvidence,
  deleteEvidence,
  deleteModel,
  deleteVersion,
  listEvidence,
  listModels,
  listVersions,
  localModelFile,
  moveAlias,
  putModel,
  readAliasHistory,
  readModel,
  readVersion,
  registerVersion,
  removeAlias,
  renameModel,
  resolveModelVersion,
  searchVersions,
  setApproval,
  updateVersion,
} from '../domain.ts'
import { aModelVersion, aRunWithModel, registryDomains, registryKernel } from '../testing/a-model-version.ts'
import { describeEvidence, describeVersions, parentOfEvidence, parentOfVersion } from './describe-versions.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }

async function flights(t: TestKernel) {
  const { digest } = await t.runtime.objects.putContent('datasets', new TextEncoder().encode('a,b\n1,2\n'))
  return registerData(t.runtime, context, { name: 'flights', files: [{ path: 'f.csv', digest }] })
}

onEachStore((openStore) => {
  const start = () => registryKernel(openStore)

  describe('a registered model', () => {
    it('is made and changed by one PUT, and the same PUT again changes nothing', async () => {
      const t = await start()
      const spec = { name: 'flight-delay', description: 'Late or not', riskTier: 'high' as const }
      const made = await t.act(putModel, spec)
      expect(await t.act(putModel, spec)).toEqual(made)
      expect(await t.act(putModel, { name: 'flight-delay' })).toMatchObject({
        riskTier: 'low',
        spec: { description: '', riskTier: 'low', tags: {} },
      })
      expect(t.auditTrail.filter((entry) => entry.object.kind === 'model')).toHaveLength(2)
      const answer = await t.app.inject('/api/millrace/v1/w/default/models/flight-delay')
      expect(answer.json()).toMatchObject({ name: 'flight-delay', aliases: {}, latestVersion: null })
    })
    it('is listed by name, renamed with its versions, and deleted only when it is empty', async () => {
      const t = await start()
      const version = await aModelVersion(t, 'b')
      await t.act(putModel, { name: 'a' })
      const first = await t.ask(listModels, { limit: 1 })
      expect(first.items.map((model) => model.name)).toEqual(['a'])
      const second = await t.ask(listModels, { limit: 1, pageToken: first.nextPageToken })
      expect(second.items).toMatchObject([{ name: 'b', latestVersion: 1 }])
      await t.act(renameModel, { name: 'b', newName: 'c' })
      expect(await t.ask(readVersion, { name: 'c', version: 1 })).toMatchObject({ id: version.id, model: 'c' })
      await expect(t.act(renameModel, { name: 'c', newName: 'a' })).rejects.toMatchObject({ status: 409 })
      await expect(t.act(deleteModel, { name: 'c' })).rejects.toThrow('has 1 version. Delete those first')
      await t.act(deleteModel, { name: 'a' })
      await expect(t.ask(readModel, { name: 'a' })).rejects.toMatchObject({ status: 404 })
    })
    it.each(['a/b', 'a:b', 'a@b', ''])('refuses the name "%s"', async (name) => {
      const t = await start()
      await expect(t.act(putModel, { name })).rejects.toMatchObject({ status: 400 })
    })
  })

  describe('registering a version', () => {
    it('stands on the run’s file, which can then be neither replaced nor deleted', async () => {
      const t = await start()
      await t.act(putModel, { name: 'm' })
      const runId = await aRunWithModel(t, { path: 'out/model.onnx', bytes: 'onnx bytes' })
      const version = await t.act(registerVersion, { name: 'm', runId, artifactPath: 'out/model.onnx' })
      expect(version).toMatchObject({
        version: 1,
        state: 'ready',
        approval: 'none',
        format: 'onnx',
        sizeBytes: 10,
        modelFile: 'out/model.onnx',
      })
      await expect(t.act(deleteRun, { id: runId })).rejects.toThrow('version 1 of "m" was made from it')
      const again = putArtifact(
        t.runtime,
        context,
        { owner: 'run', id: runId, path: 'out/model.onnx' },
        new Uint8Array(3),
      )
      await expect(again).rejects.toMatchObject({ code: 'kernel/held' })
      expect(t.edges).toContainEqual({
        from: ref('run', runId),
        type: 'produced',
        to: ref('model-version', version.id),
      })
      expect((await t.events(versionCreated.eventName))[0]?.payload).toMatchObject({
        id: version.id,
        model: 'm',
        version: 1,
        runId,
      })
      const file = await t.app.inject(`/api/millrace/v1/w/default/model-versions/${version.id}/file`)
      expect(file.body).toBe('onnx bytes')
      expect(await localModelFile(t.runtime, context, version.id)).toContain('model.onnx')
    })
    it('takes a folder, and finds the one ONNX file in it', async () => {
      const t = await start()
      await t.act(putModel, { name: 'm' })
      const runId = await aRunWithModel(t, { path: 'model/net.onnx' })
      await putArtifact(t.runtime, context, { owner: 'run', id: runId, path: 'model/MLmodel' }, new Uint8Array(3))
      expect(await t.act(registerVersion, { name: 'm', runId, artifactPath: 'model' })).toMatchObject({
        format: 'onnx',
        modelFile: 'model/net.onnx',
      })
    })
    it('takes a logged model, which need not hold ONNX', async () => {
      const t = await start()
      const run = await t.act(createRun, { experiment: 'e' })
      const logged = await t.act(createLoggedModel, { experiment: 'e', runId: run.id })
      await putArtifact(
        t.runtime,
        context,
        { owner: 'logged-model', id: logged.id, path: 'MLmodel' },
        new Uint8Array(3),
      )
      await t.act(putModel, { name: 'm' })
      const version = await t.act(registerVersion, { name: 'm', loggedModelId: logged.id })
      expect(version).toMatchObject({ runId: run.id, loggedModelId: logged.id, format: 'mlflow', modelFile: null })
      await expect(localModelFile(t.runtime, context, version.id)).rejects.toThrow('holds no single ONNX file')
    })
    it('refuses an artifact that is not there, and a model that is not there', async () => {
      const t = await start()
      const runId = await aRunWithModel(t)
      await expect(t.act(registerVersion, { name: 'm', runId, artifactPath: 'model.onnx' })).rejects.toMatchObject({
        status: 404,
      })
      await t.act(putModel, { name: 'm' })
      await expect(t.act(registerVersion, { name: 'm', runId, artifactPath: 'other.onnx' })).rejects.toThrow(
        'has no artifact "other.onnx"',
      )
      await expect(t.act(registerVersion, { name: 'm', runId, artifactPath: '../x' })).rejects.toMatchObject({
        status: 400,
      })
      await expect(t.act(registerVersion, { name: 'm', artifactPath: 'x' })).rejects.toMatchObject({ status: 400 })
    })
    it('numbers racing registrations densely', async () => {
      const t = await start()
      await t.act(putModel, { name: 'm' })
      const runs = await Promise.all(Array.from({ length: 6 }, () => aRunWithModel(t)))
      const made = await Promise.all(
        runs.map((runId) => t.act(registerVersion, { name: 'm', runId, artifactPath: 'model.onnx' })),
      )
      expect(made.map((version) => version.version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])
    })
  })

  describe('a version', () => {
    it('is found by number, as the newest, by alias, by reference and by run', async () => {
      const t = await start()
      const [one, two] = [await aModelVersion(t), await aModelVersion(t)]
      await t.act(moveAlias, { name: 'flight-delay', alias: 'champion', version: 1 })
      const found = async (reference: string) => (await t.ask(resolveModelVersion, { reference })).id
      expect(await found('models:/flight-delay@champion')).toBe(one.id)
      expect(await found('models:/flight-delay/2')).toBe(two.id)
      expect(await found('models:/flight-delay/latest')).toBe(two.id)
      expect(await found(one.id)).toBe(one.id)
      for (const reference of [
        'models:/flight-delay@none',
        'models:/flight-delay/9',
        'models:/flight-delay/x',
        'runs:/flight-delay',
        'ver_none',
      ]) {
        await expect(found(reference)).rejects.toMatchObject({ status: 404 })
      }
      expect((await t.ask(listVersions, { name: 'flight-delay', limit: 1 })).items).toMatchObject([
        { version: 2, aliases: [] },
      ])
      expect((await t.ask(searchVersions, { runId: one.runId ?? '' })).items).toMatchObject([
        { id: one.id, aliases: ['champion'] },
      ])
      expect((await t.ask(searchVersions, { model: 'none' })).items).toEqual([])
    })
    it('changes its description, tags and approval, and nothing else', async () => {
      const t = await start()
      const { id } = await aModelVersion(t)
      await t.act(updateVersion, { id, description: 'good', tags: { a: '1', b: '2' } })
      expect(await t.act(updateVersion, { id, tags: { a: null } })).toMatchObject({
        description: 'good',
        tags: { b: '2' },
      })
      expect(await t.act(setApproval, { versionId: id, approval: 'approved', reason: 'it is better' })).toMatchObject({
        approval: 'approved',
      })
      expect(t.auditTrail.at(-1)).toMatchObject({ action: 'model-registry.set-approval', reason: 'it is better' })
      const direct = await t.app.inject({
        method: 'POST',
        url: `/api/millrace/v1/w/default/approved-model-versions/${id}`,
        payload: { approval: 'approved' },
      })
      expect(direct.statusCode).toBe(404)
    })
    it('is deleted only when no alias names it and nothing holds it; its number is not used again', async () => {
      const t = await start()
      const version = await aModelVersion(t)
      await t.act(moveAlias, { name: 'flight-delay', alias: 'champion', version: 1 })
      await expect(t.act(deleteVersion, { id: version.id })).rejects.toThrow('is "champion". Move the alias')
      await t.act(removeAlias, { name: 'flight-delay', alias: 'champion' })
      const child = await t.act(registerVersion, {
        name: 'flight-delay',
        runId: version.runId ?? undefined,
        artifactPath: 'model.onnx',
        derivedFrom: version.id,
      })
      await expect(t.act(deleteVersion, { id: version.id })).rejects.toThrow(
        'version 2 of "flight-delay" was made from it',
      )
      await t.act(deleteVersion, { id: child.id })
      await t.act(deleteVersion, { id: version.id })
      await t.act(deleteRun, { id: version.runId ?? '' })
      expect((await aModelVersion(t)).version).toBe(3)
    })
    it('reads as a lineage node, below its model', async () => {
      const t = await start()
      const version = await aModelVersion(t)
      await t.act(moveAlias, { name: 'flight-delay', alias: 'champion', version: 1 })
      const evidence = await t.act(attachEvidence, {
        id: version.id,
        kind: 'latency',
        verdict: 'pass',
        sentence: 'It answers in 1 ms.',
      })
      const scope = t.runtime.runner.readScope(context)
      expect(await describeVersions(scope, [version.id])).toMatchObject([
        { title: 'flight-delay v1', fact: 'champion', href: '/models/flight-delay?version=1' },
      ])
      expect(await describeEvidence(scope, [evidence.id])).toMatchObject([
        { title: 'latency', fact: 'It answers in 1 ms.' },
      ])
      expect(await parentOfVersion(scope, version.id)).toEqual(ref('model', 'flight-delay'))
      expect(await parentOfEvidence(scope, evidence.id)).toEqual(ref('model-version', version.id))
    })
  })

  describe('an alias', () => {
    it('moves, remembers where it has been, and tells the world', async () => {
      const t = await start()
      const [one, two] = [await aModelVersion(t), await aModelVersion(t)]
      const move = (version: number, reason?: string) =>
        t.act(moveAlias, {
          name: 'flight-delay',
          alias: 'champion',
          version,
          ...(reason === undefined ? {} : { reason }),
        })
      await move(1)
      await move(1)
      t.clock.advance(1)
      expect((await move(2, 'better in March')).aliases).toEqual({ champion: 2 })
      t.clock.advance(1)
      expect((await t.act(removeAlias, { name: 'flight-delay', alias: 'champion' })).aliases).toEqual({})
      const { items } = await t.ask(readAliasHistory, { name: 'flight-delay', alias: 'champion' })
      expect(items.map(({ from, to, reason }) => [from, to, reason])).toEqual([
        [2, null, null],
        [1, 2, 'better in March'],
        [null, 1, null],
      ])
      expect((await t.events(aliasMoved.eventName)).map((event) => event.payload)).toMatchObject([
        { model: 'flight-delay', alias: 'champion', versionId: one.id, fromVersionId: null },
        { model: 'flight-delay', alias: 'champion', versionId: two.id, fromVersionId: one.id },
        { model: 'flight-delay', alias: 'champion', versionId: null, fromVersionId: two.id },
      ])
      await expect(t.act(removeAlias, { name: 'flight-delay', alias: 'champion' })).rejects.toMatchObject({
        status: 404,
      })
      await expect(move(9)).rejects.toMatchObject({ status: 404 })
      for (const alias of ['latest', 'v3', 'V3'])
        await expect(t.act(moveAlias, { name: 'flight-delay', alias, version: 1 })).rejects.toMatchObject({
          status: 400,
        })
    })
    it('stays where it is when a later domain vetoes', async () => {
      const seen: unknown[] = []
      const veto: Domain = {
        name: 'veto',
        migrations: {},
        operations: [],
        guards: {
          'model-registry.move-alias': async (_scope, payload) => {
            seen.push(payload)
            throw new Problem('veto/guarded', 403, 'It needs an approval.')
          },
          'model-registry.delete-version': async () => {
            throw new Problem('veto/kept', 403, 'It is kept.')
          },
        },
      }
      const t = await testKernel({
        database: await openStore(),
        domains: (runtime) => [...registryDomains(runtime), veto],
      })
      const version = await aModelVersion(t)
      await expect(t.act(moveAlias, { name: 'flight-delay', alias: 'champion', version: 1 })).rejects.toThrow(
        'It needs an approval.',
      )
      await expect(t.act(deleteVersion, { id: version.id })).rejects.toThrow('It is kept.')
      expect(seen).toMatchObject([
        {
          model: 'flight-delay',
          alias: 'champion',
          fromVersionId: null,
          toVersionId: version.id,
          actor: { id: 'usr_ann' },
        },
      ])
      expect((await t.ask(readModel, { name: 'flight-delay' })).aliases).toEqual({})
    })
  })

  describe('evidence', () => {
    it('is kept with its numbers, on data that it keeps from deletion', async () => {
      const t = await start()
      const [one, two, data] = [await aModelVersion(t), await aModelVersion(t), await flights(t)]
      const evidence = await t.act(attachEvidence, {
        id: two.id,
        kind: 'comparison',
        datasetVersionId: data.id,
        metrics: [{ name: 'log_loss', value: 0.3634, standardError: 0.0003, n: 169_723 }],
        comparedWith: {
          versionId: one.id,
          differences: [
            { metric: 'log_loss', difference: 0.0042, standardError: 0.0003, lower: 0.0036, upper: 0.0048, n: 169_723 },
          ],
        },
        verdict: 'better',
        sentence: 'Log loss is 0.0042 lower than version 1’s.',
      })
      expect((await t.ask(listEvidence, { id: two.id })).items).toEqual([evidence])
      expect(t.edges.slice(-2)).toEqual([
        { from: ref('model-version', two.id), type: 'validated_by', to: ref('evidence', evidence.id) },
        {
          from: ref('evidence', evidence.id),
          type: 'used_data',
          to: ref('dataset-version', data.id),
          context: 'validation',
        },
      ])
      expect((await t.events(evidenceAttached.eventName))[0]?.payload).toEqual({
        id: evidence.id,
        versionId: two.id,
        verdict: 'better',
      })
      const url = `/api/millrace/v1/w/default/dataset-versions/${data.id}`
      expect((await t.app.inject({ method: 'DELETE', url })).json()).toMatchObject({ code: 'kernel/held' })
      await t.act(deleteEvidence, { id: evidence.id, reason: 'measured on the wrong rows' })
      expect((await t.ask(listEvidence, { id: two.id })).items).toEqual([])
      expect((await t.app.inject({ method: 'DELETE', url })).statusCode).toBe(200)
    })
    it('refuses versions and data that are not there', async () => {
      const t = await start()
      const { id } = await aModelVersion(t)
      const evidence = { id, kind: 'evaluation' as const, verdict: 'pass' as const, sentence: 'It works.' }
      await expect(t.act(attachEvidence, { ...evidence, id: 'ver_none' })).rejects.toMatchObject({ status: 404 })
      await expect(t.act(attachEvidence, { ...evidence, datasetVersionId: 'dsv_none' })).rejects.toMatchObject({
        status: 404,
      })
      await expect(
        t.act(attachEvidence, { ...evidence, comparedWith: { versionId: 'ver_none', differences: [] } }),
      ).rejects.toMatchObject({ status: 404 })
    })
  })
})
