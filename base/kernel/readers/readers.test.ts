import { Problem } from '@millrace/contract'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { onEachStore } from '../testing/testing.ts'
import type { OpenStore } from '../testing/testing.ts'
import { readTask } from './read-task.ts'
import type { Readers } from './readers.ts'
import { createReaders } from './readers.ts'
import type { reads } from './sample-reads.ts'

const module = new URL('./sample-reads.ts', import.meta.url)
const task = <K extends keyof typeof reads>(name: K) => readTask<typeof reads, K>(module, name)

onEachStore((openStore, dialect) => {
  describe('readers', () => {
    it('see what was committed', async () => {
      const { readers, database } = await open(openStore)
      await database.write(async (tx) => void (await sql`insert into thing values (1), (2)`.execute(tx)))
      expect(await readers.read(task('count'), {})).toEqual({ count: 2 })
    })
    it('hand over bytes and carry problems', async () => {
      const { readers } = await open(openStore)
      const { bytes } = await readers.read(task('bytes'), { length: 100_000 })
      expect(bytes.length).toBe(100_000)
      expect(bytes[99_999]).toBe(7)
      for (const text of ['few', 'again']) {
        expect(Buffer.from((await readers.read(task('fewBytes'), { text })).bytes).toString()).toBe(text)
      }
      await expect(readers.read(task('refuse'), { why: 'so' })).rejects.toMatchObject({
        code: 'sample-reads/no',
        status: 409,
        message: 'No: so.',
      })
    })
    it('answer many reads at once', async () => {
      const { readers } = await open(openStore)
      const texts = Array.from({ length: 50 }, (_, at) => String(at))
      const answers = await Promise.all(texts.map((text) => readers.read(task('echo'), { text })))
      expect(answers.map(({ text }) => text)).toEqual(texts)
    })
    it('end a read at its deadline and when its client leaves', async () => {
      const { readers } = await open(openStore)
      await expect(readers.read(task('spin'), {}, { deadlineMs: 50 })).rejects.toMatchObject({
        code: 'readers/too-slow',
      })
      const leaving = new AbortController()
      const spinning = readers.read(task('spin'), {}, { signal: leaving.signal })
      setTimeout(() => leaving.abort(), 20)
      await expect(spinning).rejects.toMatchObject({ code: 'readers/cancelled' })
      expect(await readers.read(task('echo'), { text: 'on' })).toEqual({ text: 'on' })
    })
    it('refuse more than may wait', async () => {
      const { readers } = await open(openStore, 2)
      const spinning = Array.from({ length: 8 }, () => readers.read(task('spin'), {}, { deadlineMs: 300 }))
      const ends = await Promise.allSettled(spinning)
      const codes = ends.map((end) =>
        end.status === 'rejected' && end.reason instanceof Problem ? end.reason.code : '',
      )
      expect(codes).toContain('readers/busy')
      expect(codes).toContain('readers/too-slow')
    })
    it('are closed for good', async () => {
      const { readers } = await open(openStore)
      const spinning = readers.read(task('spin'), {})
      const ended = spinning.catch((error: unknown) => error)
      await readers.read(task('echo'), { text: 'a' }, { deadlineMs: 100 }).catch(() => undefined)
      await readers.close()
      expect(await ended).toMatchObject({ code: 'readers/stopped' })
      await expect(readers.read(task('echo'), { text: 'a' })).rejects.toMatchObject({ code: 'readers/stopped' })
    })
    it.runIf(dialect === 'sqlite')(
      'never write, copy what can be copied, and start another thread after one that died',
      async () => {
        const { readers } = await open(openStore)
        await expect(readers.read(task('write'), {})).rejects.toThrow(/readonly/)
        await expect(readers.read(task('uncopyable'), {})).rejects.toThrow(/could not be cloned/)
        await expect(readers.read(task('die'), {})).rejects.toMatchObject({ code: 'readers/stopped' })
        expect(await readers.read(task('echo'), { text: 'again' })).toEqual({ text: 'again' })
        await expect(readers.read(task('stick'), {}, { deadlineMs: 50 })).rejects.toMatchObject({
          code: 'readers/too-slow',
        })
        expect(await readers.read(task('echo'), { text: 'and again' })).toEqual({ text: 'and again' })
      },
    )
  })
})

async function open(openStore: OpenStore, waiting = 512) {
  const database = await openStore()
  await database.write(async (tx) => void (await sql`create table thing (n integer)`.execute(tx)))
  const readers: Readers = createReaders({ database, threads: 1, waiting })
  onTestFinished(() => readers.close())
  return { readers, database }
}
