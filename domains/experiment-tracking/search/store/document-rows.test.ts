import { onEachStore, readContextOf } from '@millrace/kernel/testing'
import type { TestKernel } from '@millrace/kernel/testing'
import { tables } from '@millrace/kernel/db'
import { describe, expect, it } from 'vitest'
import { createRun, deleteTag, logRun } from '../../domain.ts'
import { up } from '../../store/migrations/0003-create-run-documents.ts'
import type { TrackingTables } from '../../store/tables.ts'
import { trackingKernel } from '../../testing/a-run.ts'
import { readDocuments } from './read-documents.ts'

const strange = 'a"\\\n\u0001ü\u{1f600}\u2028</script>'

onEachStore((openStore, dialect) => {
  describe('the document of a run', () => {
    it('holds its params and tags after every way of writing them', async () => {
      const t = await trackingKernel(openStore)
      const { id } = await t.act(createRun, { experiment: 'e', params: { b: strange }, tags: { t: '1' } })
      expect(await documentOf(t, id)).toEqual({ params: { b: strange }, tags: { t: '1' } })
      await t.ingest(logRun, { id, params: { a: '1' }, tags: { t: '2', [strange.slice(0, 2)]: 'x' } })
      expect(await documentOf(t, id)).toEqual({ params: { a: '1', b: strange }, tags: { 'a"': 'x', t: '2' } })
      await t.act(deleteTag, { id, key: 't' })
      await t.act(deleteTag, { id, key: 'a"' })
      expect(await documentOf(t, id)).toEqual({ params: { a: '1', b: strange }, tags: {} })
    })
    it('is written by the migration as by what writes it later, and read from the rows where it is not there', async () => {
      const t = await trackingKernel(openStore)
      const { id } = await t.act(createRun, { experiment: 'e', params: { b: strange, a: '1' }, tags: { t: strange } })
      // Logged, so that it is written from the rows as the migration writes it.
      await t.ingest(logRun, { id, params: { c: '2' }, tags: { u: '3' } })
      const written = await rawDocument(t)
      const { database } = t.runtime
      await database.write(async (tx) => {
        await tables<TrackingTables>(tx).schema.dropTable('experiment_tracking_run_document').execute()
        await tables<TrackingTables>(tx).schema.dropTable('experiment_tracking_run_view').execute()
        for (const index of ['param_by_value', 'tag_by_value', 'input_by_name'])
          await tx.schema.dropIndex(`experiment_tracking_${index}`).execute()
        await up(tables<unknown>(tx), dialect)
      })
      expect(await rawDocument(t)).toEqual(written)
      await database.write(async (tx) => {
        await tables<Documents>(tx).deleteFrom('experiment_tracking_run_document').execute()
      })
      expect(await documentOf(t, id)).toEqual({ params: { a: '1', b: strange, c: '2' }, tags: { t: strange, u: '3' } })
    })
  })
})

interface Documents {
  experiment_tracking_run_document: { workspace: string; run_id: string; params: string | null; tags: string | null }
}

function rawDocument(t: TestKernel) {
  return tables<Documents>(t.runtime.database.reader)
    .selectFrom('experiment_tracking_run_document')
    .selectAll()
    .execute()
}

async function documentOf(t: TestKernel, id: string) {
  const [document] = await readDocuments(readContextOf(t.runtime.database), 'default', [id])
  const read = (part: Uint8Array | string | undefined) => {
    const text = typeof part === 'string' ? part : Buffer.from(part ?? []).toString()
    const members = JSON.parse(`[${text}]`) as { key: string; value: string }[] // the document's own form
    return Object.fromEntries(members.map(({ key, value }) => [key, value]))
  }
  return { params: read(document?.params), tags: read(document?.tags) }
}
