import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ref } from '@millrace/contract'
import { tables } from '@millrace/kernel/db'
import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore, temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { adoptArtifacts, findArtifact, listArtifactFolder, putArtifact, putExperiment } from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'
import { reserveArtifact } from '../actions/write-artifacts.ts'
import { artifactRef } from '../model/artifact-place.ts'

const context = { actor: { id: 'usr_ann', kind: 'user' as const, name: 'ann' }, workspace: 'default' }
const bytes = (value: string) => new TextEncoder().encode(value)
const sha256 = (value: string) => `sha256:${createHash('sha256').update(value).digest('hex')}`
const settle = 'experiment-tracking.settle-artifacts'

/** What `holds.place` writes, as a later domain's action would. */
async function standOn(t: TestKernel, runId: string, path: string): Promise<void> {
  const on = artifactRef({ kind: 'run', id: runId }, path)
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
    const run = await aRun(t)
    const name = { owner: 'run' as const, id: run.id, path: 'model.onnx' }
    const key = `experiments/1/${run.id}/artifacts/model.onnx`
    const put = (body: string | Readable) =>
      putArtifact(t.runtime, context, name, typeof body === 'string' ? bytes(body) : body)
    const stored = async () => text(await t.runtime.objects.get(key))
    return { t, run, name, key, put, stored }
  }

  describe('writers of an artifact', () => {
    it('show nothing when something begins to stand on it while their bytes arrive', async () => {
      const { t, run, name, put, stored } = await start()
      await put('one')
      const slow = Readable.from(
        (async function* () {
          yield bytes('t')
          await standOn(t, run.id, name.path)
          yield bytes('wo')
        })(),
      )
      await expect(put(slow)).rejects.toMatchObject({ code: 'kernel/held' })
      expect(await stored()).toBe('one')
      expect(await t.ask(findArtifact, name)).toMatchObject({ digest: sha256('one') })
    })
    it('leave it as it was when they break off', async () => {
      const { t, name, put, stored } = await start()
      await put('one')
      const broken = Readable.from(
        (async function* () {
          yield bytes('tw')
          throw new Error('the client left')
        })(),
      )
      await expect(put(broken)).rejects.toThrow('the client left')
      expect([await stored(), (await t.ask(findArtifact, name)).digest]).toEqual(['one', sha256('one')])
    })
    it('end with one of them, whole, and the manifest says which', async () => {
      const { t, name, put, stored } = await start()
      const contents = Array.from({ length: 12 }, (_, index) => `content ${index}`)
      await Promise.all(contents.map((content) => put(content)))
      const found = await stored()
      expect(contents).toContain(found)
      expect(await t.ask(findArtifact, name)).toMatchObject({ digest: sha256(found), sizeBytes: found.length })
    })
    it('may send the same again, also what something stands on', async () => {
      const { t, run, name, put } = await start()
      await put('one')
      await standOn(t, run.id, name.path)
      expect(await put('one')).toMatchObject({ digest: sha256('one') })
      await expect(put('two')).rejects.toMatchObject({ code: 'kernel/held' })
    })
  })

  describe('an artifact that is being replaced', () => {
    it('lets nobody stand on it, and is looked at when its writer died before or after the bytes changed', async () => {
      const { t, name, key, put, stored } = await start()
      await put('one')
      for (const found of ['one', 'two']) {
        await t.act(reserveArtifact, { ...name, writer: `dies-${found}` })
        await expect(t.ask(findArtifact, name)).rejects.toMatchObject({ code: 'experiment-tracking/artifact-busy' })
        await expect(t.act(reserveArtifact, { ...name, writer: 'other' })).rejects.toMatchObject({ status: 503 })
        await t.runtime.objects.put(key, bytes(found))
        t.clock.advance(300_001)
        await t.kernel.chores.runNow(settle)
        expect(await t.ask(findArtifact, name)).toMatchObject({ digest: sha256(found), sizeBytes: 3 })
      }
      expect(await stored()).toBe('two')
    })
    it('is gone when its writer died before there was anything', async () => {
      const { t, name } = await start()
      await t.act(reserveArtifact, { ...name, writer: 'dies' })
      const folder = { owner: 'run' as const, id: name.id, path: '' }
      expect(await listArtifactFolder(t.runtime, context, folder)).toEqual([])
      t.clock.advance(300_001)
      await t.kernel.chores.runNow(settle)
      await expect(t.ask(findArtifact, name)).rejects.toMatchObject({ status: 404 })
    })
  })

  describe('artifacts that clients write themselves', () => {
    const elsewhere = async (settings: (root: string) => readonly string[]) => {
      const root = await temporaryFolder()
      const t = await trackingKernel(openStore, settings(root))
      await t.act(putExperiment, { name: 'theirs', artifactRoot: `file://${root}/7` })
      const run = await aRun(t, { experiment: 'theirs' })
      await mkdir(join(root, '7', run.id, 'artifacts/m'), { recursive: true })
      await writeFile(join(root, '7', run.id, 'artifacts/m/model.onnx'), 'theirs')
      return { t, run, url: `/api/millrace/v1/w/default/runs/${run.id}/artifacts` }
    }
    it('are listed and read where they lie, and can be stood on after a look', async () => {
      const { t, run, url } = await elsewhere((root) => ['--default-artifact-root', `file://${root}`])
      expect((await t.app.inject(`${url}?path=m`)).json()).toEqual({
        items: [{ path: 'm/model.onnx', isFolder: false, sizeBytes: 6, digest: null }],
      })
      expect((await t.app.inject(`${url}/m/model.onnx`)).body).toBe('theirs')
      expect((await t.app.inject(`${url}/m`)).json()).toMatchObject({ code: 'experiment-tracking/artifact-folder' })
      expect((await t.app.inject(`${url}/m/none`)).statusCode).toBe(404)
      await adoptArtifacts(t.runtime, context, { owner: 'run', id: run.id, path: 'm' })
      expect(await t.ask(findArtifact, { id: run.id, path: 'm/model.onnx' })).toMatchObject({
        digest: sha256('theirs'),
      })
      const refused = await t.app.inject({ method: 'PUT', url: `${url}/m/new`, payload: 'ours' })
      expect(refused.json()).toMatchObject({ status: 403, code: 'objects/read-only' })
    })
    it('are not read from a place that nobody gave to the server', async () => {
      const { t, url } = await elsewhere(() => [])
      const refused = await t.app.inject(`${url}/m/model.onnx`)
      expect(refused.json()).toMatchObject({ status: 403, code: 'experiment-tracking/artifacts-elsewhere' })
    })
  })
})
