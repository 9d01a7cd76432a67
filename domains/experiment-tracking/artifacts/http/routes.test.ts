import { ref } from '@millrace/contract'
import { tables } from '@millrace/kernel/db'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { artifactRef, deleteRun, localArtifact } from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'

onEachStore((openStore) => {
  const start = async () => {
    const t = await trackingKernel(openStore)
    const run = await aRun(t)
    const url = `/api/millrace/v1/w/default/runs/${run.id}/artifacts`
    const put = (path: string, payload: string | Buffer) =>
      t.app.inject({ method: 'PUT', url: `${url}/${path}`, headers: { 'content-type': 'application/json' }, payload })
    return { t, run, url, put }
  }

  describe('an artifact', () => {
    it('is stored at the place MLflow clients know, whatever its type, and comes back as it was', async () => {
      const { t, run, url, put } = await start()
      const stored = await put('model/model.onnx', '{"this is": no json')
      expect(stored.json()).toMatchObject({ path: 'model/model.onnx', sizeBytes: 19 })
      expect(await t.runtime.objects.stat(`experiments/1/${run.id}/artifacts/model/model.onnx`)).toBeDefined()
      const back = await t.app.inject({ url: `${url}/model/model.onnx`, headers: { range: 'bytes=2-5' } })
      expect([back.statusCode, back.body]).toEqual([206, 'this'])
      const context = { actor: { id: 'a', kind: 'user' as const, name: 'a' }, workspace: 'default' }
      expect(await localArtifact(t.runtime, context, { owner: 'run', id: run.id, path: 'model/model.onnx' })).toContain(
        'model.onnx',
      )
    })
    it('is listed folder by folder', async () => {
      const { t, url, put } = await start()
      for (const path of ['b.txt', 'model/a', 'model/deep/c', 'model-2/x']) await put(path, path)
      const list = async (path: string) =>
        (await t.app.inject(`${url}?path=${path}`))
          .json<{ items: { path: string; isFolder: boolean }[] }>()
          .items.map((item) => [item.path, item.isFolder])
      expect(await list('')).toEqual([
        ['b.txt', false],
        ['model', true],
        ['model-2', true],
      ])
      expect(await list('model')).toEqual([
        ['model/a', false],
        ['model/deep', true],
      ])
      expect(await list('b.txt')).toEqual([])
    })
    it('is refused outside its run, and for a run that is deleted or not there', async () => {
      const { t, run, url, put } = await start()
      for (const path of ['..%2f..%2fserver.lock', '%2e%2e/x', 'a%5cb', '%252e%252e/x'])
        expect([path, (await put(path, 'x')).statusCode]).toEqual([path, 400])
      expect((await t.app.inject(`${url}/none.txt`)).json()).toMatchObject({
        code: 'experiment-tracking/artifact-not-found',
      })
      await t.act(deleteRun, { id: run.id })
      expect((await put('a', 'x')).json()).toMatchObject({ status: 409, code: 'experiment-tracking/run-deleted' })
      const nowhere = await t.app.inject({
        method: 'PUT',
        url: '/api/millrace/v1/w/default/runs/none/artifacts/a',
        payload: 'x',
      })
      expect(nowhere.statusCode).toBe(404)
    })
    it('is not replaced while something stands on it', async () => {
      const { t, run, put } = await start()
      await put('model.onnx', 'one')
      const on = artifactRef({ kind: 'run', id: run.id }, 'model.onnx')
      const holder = ref('model-version', 'ver_1')
      // What `holds.place` writes, as a later domain's action would.
      await t.runtime.database.write((tx) =>
        tables<{ kernel_hold: Record<string, string | number> }>(tx)
          .insertInto('kernel_hold')
          .values({
            workspace: 'default',
            kind: on.kind,
            id: on.id,
            holder_kind: holder.kind,
            holder_id: holder.id,
            reason: 'it is its file',
            at_ms: 0,
          })
          .execute(),
      )
      expect((await put('model.onnx', 'two')).json()).toMatchObject({ status: 409, code: 'kernel/held' })
    })
  })
})
