import { createHash, randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { ref } from '@millrace/contract'
import { tables } from '@millrace/kernel/db'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { Upload } from '../../contract.ts'
import { artifactRef, deleteRun, findArtifact } from '../../domain.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'
import { quotaGateOf } from '../../retention/http/quota-gate.ts'

const partBytes = 8 * 1024 * 1024
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const contentDigest = (bytes: Uint8Array) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`

onEachStore((openStore) => {
  const start = async () => {
    const t = await trackingKernel(openStore)
    const run = await aRun(t)
    const folder = `/api/millrace/v1/w/default/runs/${run.id}`
    const whole = randomBytes(2 * partBytes + 1000)
    const digest = sha256(whole)
    const begin = async (more: object = {}) => {
      const payload = { path: 'model.bin', sizeBytes: whole.byteLength, digest, ...more }
      return t.app.inject({ method: 'POST', url: `${folder}/uploads`, payload })
    }
    const begun = async (more?: object) => (await begin(more)).json<Upload>()
    const send = (id: string, offset: number, bytes: Uint8Array = whole.subarray(offset, offset + partBytes)) =>
      t.app.inject({
        method: 'PATCH',
        url: `${folder}/uploads/${id}`,
        headers: { 'upload-offset': String(offset), 'content-digest': contentDigest(bytes) },
        payload: Buffer.from(bytes),
      })
    const complete = (id: string, payload: object = { digest }) =>
      t.app.inject({ method: 'POST', url: `${folder}/uploads/${id}/complete`, payload })
    const sendAll = async (id: string) => {
      for (const offset of [0, partBytes, 2 * partBytes]) await send(id, offset)
    }
    const stored = async () => (await t.app.inject(`${folder}/artifacts/model.bin`)).rawPayload
    const incoming = async () => {
      const rows = tables<{ experiment_tracking_upload: { id: string } }>(t.runtime.database.reader)
      return rows.selectFrom('experiment_tracking_upload').selectAll().execute()
    }
    return { t, run, folder, whole, digest, begin, begun, send, sendAll, complete, stored, incoming }
  }

  describe('an upload in parts', () => {
    it('becomes the artifact when it is whole, and is nothing before', async () => {
      const { t, run, folder, whole, digest, begun, sendAll, complete, stored } = await start()
      const { id, offset, direct } = await begun({ direct: true })
      expect([offset, direct]).toEqual([0, false])
      await sendAll(id)
      expect((await t.app.inject(`${folder}/artifacts/model.bin`)).statusCode).toBe(404)
      expect((await complete(id)).json()).toEqual({ path: 'model.bin', digest, sizeBytes: whole.byteLength })
      expect(sha256(await stored())).toBe(digest)
      expect(await t.ask(findArtifact, { id: run.id, path: 'model.bin' })).toMatchObject({ digest })
      // The client that missed the answer asks again.
      expect((await complete(id)).json()).toMatchObject({ digest })
    })
    it('goes on where it was when the same file is begun again', async () => {
      const { t, folder, begin, begun, send } = await start()
      const first = await begun()
      await send(first.id, 0)
      const again = await begin()
      expect(again.json()).toMatchObject({ id: first.id, offset: partBytes, partBytes })
      expect(again.headers['upload-offset']).toBe(String(partBytes))
      const head = await t.app.inject({ method: 'HEAD', url: `${folder}/uploads/${first.id}` })
      expect([head.statusCode, head.headers['upload-offset'], head.body]).toEqual([200, String(partBytes), ''])
      expect((await begun({ digest: sha256(Buffer.from('other')) })).id).not.toBe(first.id)
    })
    it('says where it goes on to whoever sends another part', async () => {
      const { begun, send, complete, digest } = await start()
      const { id } = await begun()
      await send(id, 0)
      const refused = await send(id, 0)
      expect(refused.json()).toMatchObject({ status: 409, code: 'experiment-tracking/upload-offset' })
      expect(refused.headers['upload-offset']).toBe(String(partBytes))
      expect((await complete(id, { digest })).json()).toMatchObject({ code: 'experiment-tracking/upload-offset' })
    })
    it('takes no part of another size or digest, and none without its headers', async () => {
      const { t, folder, begun, send } = await start()
      const { id } = await begun()
      for (const size of [0, 100, partBytes + 1]) {
        const refused = await send(id, 0, randomBytes(size))
        expect(refused.json()).toMatchObject({ status: 400, code: 'experiment-tracking/upload-part' })
      }
      const url = `${folder}/uploads/${id}`
      const damaged = { 'upload-offset': '0', 'content-digest': contentDigest(Buffer.from('other')) }
      const payload = randomBytes(partBytes)
      const other = await t.app.inject({ method: 'PATCH', url, headers: damaged, payload })
      expect(other.json()).toMatchObject({ status: 422, code: 'experiment-tracking/wrong-digest' })
      const bare = await t.app.inject({ method: 'PATCH', url, headers: { 'upload-offset': '0' }, payload })
      expect(bare.json()).toMatchObject({ status: 400, code: 'experiment-tracking/upload-headers' })
      expect((await t.app.inject(url)).json()).toMatchObject({ offset: 0 })
    })
    it('is refused whole when the file is not the one that was announced, and leaves what was there', async () => {
      const { t, folder, whole, begun, send, complete, digest, incoming } = await start()
      await t.app.inject({ method: 'PUT', url: `${folder}/artifacts/model.bin`, payload: 'old' })
      const { id } = await begun()
      await send(id, 0)
      await send(id, partBytes, randomBytes(partBytes))
      await send(id, 2 * partBytes, whole.subarray(2 * partBytes))
      expect((await complete(id, { digest: sha256(Buffer.from('x')) })).json()).toMatchObject({ status: 422 })
      const refused = await complete(id, { digest })
      expect(refused.json()).toMatchObject({ status: 422, code: 'experiment-tracking/wrong-digest' })
      expect((await t.app.inject(`${folder}/artifacts/model.bin`)).body).toBe('old')
      expect(await incoming()).toEqual([])
    })
    it('has each part once when two writers send it at once', async () => {
      const { begun, send, complete, stored, digest } = await start()
      const [{ id }, other] = await Promise.all([begun(), begun()])
      expect(other.id).toBe(id)
      for (const offset of [0, partBytes, 2 * partBytes]) {
        const answers = await Promise.all([send(id, offset), send(id, offset), send(id, offset)])
        expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409, 409])
      }
      const ends = await Promise.all([complete(id), complete(id)])
      expect(ends.map(({ statusCode }) => statusCode)).toEqual([200, 200])
      expect(sha256(await stored())).toBe(digest)
    })
    it('may be completed again after a crash between the bytes and their record', async () => {
      const { t, run, begun, sendAll, complete, digest, whole } = await start()
      const { id } = await begun()
      await sendAll(id)
      // What the store has after `finish`, and nobody has recorded.
      const rows = tables<{ experiment_tracking_upload: { id: string; handle: string } }>(t.runtime.database.reader)
      const [kept] = await rows.selectFrom('experiment_tracking_upload').select('handle').execute()
      await t.runtime.objects.resumable?.finish(kept?.handle ?? '', [], whole.byteLength)
      expect((await complete(id)).json()).toMatchObject({ digest })
      expect(await t.ask(findArtifact, { id: run.id, path: 'model.bin' })).toMatchObject({ digest })
    })
    it('is nobody else’s, and ends with its run', async () => {
      const { t, run, begun, send, begin } = await start()
      const { id } = await begun()
      const other = await aRun(t)
      const elsewhere = await t.app.inject(`/api/millrace/v1/w/default/runs/${other.id}/uploads/${id}`)
      expect(elsewhere.json()).toMatchObject({ status: 404, code: 'experiment-tracking/upload-not-found' })
      await t.act(deleteRun, { id: run.id })
      expect((await send(id, 0)).json()).toMatchObject({ code: 'experiment-tracking/run-deleted' })
      expect((await begin({ path: 'x' })).json()).toMatchObject({ code: 'experiment-tracking/run-deleted' })
    })
    it('is given up on demand, and by itself after a day', async () => {
      const { t, folder, begun, send, incoming } = await start()
      const first = await begun()
      await send(first.id, 0)
      expect((await t.app.inject({ method: 'DELETE', url: `${folder}/uploads/${first.id}` })).statusCode).toBe(200)
      expect((await send(first.id, partBytes)).json()).toMatchObject({ code: 'experiment-tracking/upload-not-found' })
      const second = await begun()
      t.clock.advance(86_400_001)
      expect((await send(second.id, 0)).json()).toMatchObject({ code: 'experiment-tracking/upload-not-found' })
      await t.kernel.chores.runNow('experiment-tracking.expire-uploads')
      expect(await incoming()).toEqual([])
    })
    it('is refused where the quota has no room, and where something stands on what it would replace', async () => {
      const { t, run, folder, begin, begun, sendAll, complete } = await start()
      await t.app.inject({ method: 'PUT', url: `${folder}/artifacts/model.bin`, payload: 'old' })
      const { id } = await begun()
      await sendAll(id)
      const on = artifactRef({ kind: 'run', id: run.id }, 'model.bin')
      const holder = ref('model-version', 'ver_1')
      const held = { workspace: 'default', kind: on.kind, id: on.id, holder_kind: holder.kind, holder_id: holder.id }
      await t.runtime.database.write((tx) =>
        tables<{ kernel_hold: Record<string, string | number> }>(tx)
          .insertInto('kernel_hold')
          .values({ ...held, reason: 'it is its file', at_ms: 0 })
          .execute(),
      )
      expect((await complete(id)).json()).toMatchObject({ status: 409, code: 'kernel/held' })
      expect(await text(await t.runtime.objects.get(`experiments/1/${run.id}/artifacts/model.bin`))).toBe('old')
      const quota = { artifactBytes: 1000 }
      const set = await t.app.inject({ method: 'PUT', url: '/api/millrace/v1/w/default/quota', payload: quota })
      expect(set.statusCode).toBe(200)
      await quotaGateOf(t.runtime).refresh('default')
      expect((await begin({ path: 'other' })).json()).toMatchObject({ code: 'experiment-tracking/quota-exceeded' })
    })
  })

  describe('an address of an artifact', () => {
    it('is ours where the store gives none', async () => {
      const { t, folder } = await start()
      await t.app.inject({ method: 'PUT', url: `${folder}/artifacts/a/b c.txt`, payload: 'hello' })
      const answer = (await t.app.inject(`${folder}/artifact-address?path=a%2Fb%20c.txt`)).json<{ url: string }>()
      expect(answer).toEqual({ url: `${folder}/artifacts/a/b%20c.txt`, headers: {}, direct: false, expiresAtMs: null })
      expect((await t.app.inject(answer.url)).body).toBe('hello')
      expect((await t.app.inject(`${folder}/artifact-address?path=none`)).statusCode).toBe(404)
    })
  })
})
