import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { createCollaboration } from '../../domain.ts'
import { addComment, deleteComment, editComment, listComments } from './comments.ts'
import { listNotifications, putWishes, readNotifications } from './notifications.ts'
import { noticeOf, tellOfEvent } from '../../jobs/tell-of-event.ts'
import { deleteView, listViews, putView } from './views.ts'

const as = (name: string) => ({ workspace: 'default', actor: { id: `usr_${name}`, kind: 'user' as const, name } })
const on = { kind: 'run', id: 'r1' }

onEachStore((openStore) => {
  const start = async () =>
    testKernel({ database: await openStore(), domains: (runtime) => [createCollaboration(runtime)] })

  describe('comments', () => {
    it('tell those they mention and answer, once, and not their author', async () => {
      const t = await start()
      const first = await t.act(addComment, { on, text: 'Why so late?', mentions: ['usr_ben', 'usr_ann'] }, as('ann'))
      await t.act(addComment, { on, text: 'The carrier.', inReplyTo: first.id }, as('ben'))
      const { items } = await t.ask(listComments, on, as('ann'))
      expect(items.map(({ text }) => text).toSorted()).toEqual(['The carrier.', 'Why so late?'])
      const forBen = await t.ask(listNotifications, {}, as('ben'))
      expect(forBen.items.map(({ sentence }) => sentence)).toEqual(['ann mentioned you: Why so late?'])
      expect(forBen.unread).toBe(1)
      const forAnn = await t.ask(listNotifications, {}, as('ann'))
      expect(forAnn.items.map(({ sentence }) => sentence)).toEqual(['ben answered you: The carrier.'])
      expect(await t.act(readNotifications, {}, as('ben'))).toEqual({ unread: 0 })
    })

    it('are changed and deleted by their author alone', async () => {
      const t = await start()
      const { id } = await t.act(addComment, { on, text: 'one' }, as('ann'))
      await expect(t.act(editComment, { id, text: 'two' }, as('ben'))).rejects.toMatchObject({
        code: 'collaboration/not-your-comment',
      })
      expect((await t.act(editComment, { id, text: 'two' }, as('ann'))).text).toBe('two')
      await t.act(deleteComment, { id }, as('ann'))
      expect((await t.ask(listComments, on, as('ann'))).items).toEqual([])
      await expect(t.act(deleteComment, { id }, as('ann'))).rejects.toMatchObject({
        code: 'collaboration/comment-not-found',
      })
    })
  })

  it('tell of events to those who chose so, the same event once', async () => {
    const t = await start()
    await t.act(putWishes, { wants: ['incident'] }, as('ann'))
    const event = {
      position: 1,
      id: 'evt_1',
      workspace: 'default',
      name: 'monitoring.incident.opened',
      subject: 'inc_1',
      payload: { id: 'inc_1', monitor: 'late' },
      atMs: 1,
    }
    await tellOfEvent(t.runtime, event)
    await tellOfEvent(t.runtime, event)
    const { items } = await t.ask(listNotifications, { unread: true }, as('ann'))
    expect(items.map(({ sentence, about }) => [sentence, about.id])).toEqual([
      ['An incident was opened on late', 'inc_1'],
    ])
    expect((await t.ask(listNotifications, {}, as('ben'))).items).toEqual([])
  })

  it('keep views of pages by name', async () => {
    const t = await start()
    await t.act(putView, { page: '/audit', name: 'mine', search: '?q=actor%20%3D%20ann' }, as('ann'))
    await t.act(putView, { page: '/models', name: 'late', search: '' }, as('ann'))
    expect((await t.ask(listViews, { page: '/audit' }, as('ben'))).items.map(({ name }) => name)).toEqual(['mine'])
    await t.act(deleteView, { page: '/audit', name: 'mine' }, as('ben'))
    expect((await t.ask(listViews, {}, as('ben'))).items.map(({ name }) => name)).toEqual(['late'])
  })
})

describe('what an event says to people', () => {
  it('names what happened, and says nothing of what nobody is told of', () => {
    const failed = { name: 'experiment-tracking.run.finished', subject: 'r1', payload: { status: 'failed' } }
    expect(noticeOf(failed)?.sentence).toBe('Run r1 failed')
    expect(noticeOf({ ...failed, payload: { status: 'finished' } })).toBeUndefined()
    expect(noticeOf({ name: 'a.b.c', subject: 'x', payload: null })).toBeUndefined()
  })
})
