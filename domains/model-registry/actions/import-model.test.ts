import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { putModel, readAliasHistory, readModel, readVersion } from '../domain.ts'
import { aRunWithModel, registryKernel } from '../testing/a-model-version.ts'
import { importModel } from './import-model.ts'

const source = 'sqlite:/somewhere/mlflow.db'
const aVersion = {
  version: 1,
  stage: 'Production' as const,
  state: 'ready' as const,
  source: 'runs:/r/model',
  createdBy: 'ann',
  createdAtMs: 100,
  updatedAtMs: 200,
}
const aModel = { source, name: 'forest', createdAtMs: 50, updatedAtMs: 300, lastVersion: 4, state: 'one' }

onEachStore((openStore) => {
  describe('a registered model from another system', () => {
    it('keeps numbers with their gaps, stages, aliases and times, and stands on the files that are here', async () => {
      const t = await registryKernel(openStore)
      const runId = await aRunWithModel(t)
      const versions = [
        { ...aVersion, runId, artifactPath: 'model.onnx', tags: { a: 'b' } },
        { ...aVersion, version: 3, stage: 'None' as const },
      ]
      const wish = { ...aModel, description: 'A forest', tags: { k: 'v' }, aliases: { champion: 3 }, versions }
      expect(await t.act(importModel, wish)).toMatchObject({ outcome: 'made', versions: 2 })
      const model = await t.ask(readModel, { name: 'forest' })
      expect(model).toMatchObject({
        aliases: { champion: 3 },
        createdAtMs: 50,
        updatedAtMs: 300,
        description: 'A forest',
      })
      const first = await t.ask(readVersion, { name: 'forest', version: 1 })
      expect(first).toMatchObject({ stage: 'Production', createdAtMs: 100, updatedAtMs: 200, runId, tags: { a: 'b' } })
      expect(first.digest).toMatch(/^sha256:/)
      const history = await t.ask(readAliasHistory, { name: 'forest', alias: 'champion' })
      expect(history.items).toMatchObject([{ from: null, to: 3, reason: 'imported' }])
      expect(await t.act(importModel, wish)).toMatchObject({ outcome: 'same' })
    })
    it('gets what is new the next time, and another name where its own is taken', async () => {
      const t = await registryKernel(openStore)
      await t.act(putModel, { name: 'forest' })
      const made = await t.act(importModel, { ...aModel, versions: [aVersion] })
      expect(made.model.name).toBe('forest-imported')
      const versions = [
        { ...aVersion, stage: 'Archived' as const },
        { ...aVersion, version: 4 },
      ]
      const again = await t.act(importModel, { ...aModel, state: 'two', aliases: { live: 4 }, versions })
      expect(again).toMatchObject({ outcome: 'changed', versions: 1, model: { name: 'forest-imported' } })
      expect(await t.ask(readVersion, { name: 'forest-imported', version: 1 })).toMatchObject({ stage: 'Archived' })
    })
  })
})
