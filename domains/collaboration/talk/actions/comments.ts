import { pageOf, ref } from '@millrace/contract'
import type { Actor } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import type { CollaborationStore } from '../../store/collaboration.ts'
import { action, query } from '../../store/collaboration.ts'
import type { NewNotice } from '../store/notice-rows.ts'

type Comment = contract.Comment

async function findComment(store: Pick<CollaborationStore, 'comments'>, id: string): Promise<Comment> {
  const found = await store.comments.find(id)
  if (found === undefined) throw contract.problem['comment-not-found']({ id })
  return found
}

async function findOwn(store: Pick<CollaborationStore, 'comments'>, id: string, actor: Actor): Promise<Comment> {
  const comment = await findComment(store, id)
  if (comment.createdBy.id !== actor.id) throw contract.problem['not-your-comment']({ who: comment.createdBy.name })
  return comment
}

/** Says something about a thing. Who is mentioned, and who is answered, is told in the same transaction. */
export const addComment = action(contract.addComment, async ({ store, input, actor, nowMs, newId }) => {
  const answered = input.inReplyTo === undefined ? undefined : await findComment(store, input.inReplyTo)
  const comment: Comment = {
    id: newId('com') as Comment['id'], // newId makes it of this kind
    on: input.on,
    text: input.text,
    mentions: [...new Set(input.mentions)],
    inReplyTo: answered?.id ?? null,
    createdBy: { id: actor.id, name: actor.name },
    createdAtMs: nowMs,
    editedAtMs: null,
  }
  await store.comments.add(comment)
  const notices = await tellPeople(store, comment, answered, () => newId('ntf'))
  return {
    answer: comment,
    events: [
      contract.commentAdded({ id: comment.id, on: comment.on }),
      ...notices.map(({ id, userId }) => contract.notificationMade({ id, for: userId })),
    ],
    audit: { object: ref('comment', comment.id), after: comment },
  }
})

/** Tells those whom a comment names or answers and who want to hear of it; nobody hears of their own words. */
async function tellPeople(
  store: Pick<CollaborationStore, 'notices' | 'wishes'>,
  comment: Comment,
  answered: Comment | undefined,
  newId: () => string,
): Promise<NewNotice[]> {
  const kinds = new Map<string, contract.NoticeKind>()
  if (answered !== undefined) kinds.set(answered.createdBy.id, 'reply')
  for (const userId of comment.mentions) kinds.set(userId, 'mention')
  kinds.delete(comment.createdBy.id)
  const notices: NewNotice[] = []
  for (const [userId, kind] of kinds) {
    if (!(await store.wishes.wishesOf(userId)).includes(kind)) continue
    const did = kind === 'mention' ? 'mentioned you' : 'answered you'
    notices.push({
      id: newId(),
      userId,
      kind,
      about: comment.on,
      sentence: `${comment.createdBy.name} ${did}: ${beginning(comment.text)}`,
      eventKey: `${comment.id}.${kind}`,
      atMs: comment.createdAtMs,
    })
  }
  await store.notices.add(notices)
  return notices
}

function beginning(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 160 ? `${line.slice(0, 159)}…` : line
}

export const listComments = query(contract.listComments, async ({ store, input }) => {
  const rows = await store.comments.list(input)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.createdAtMs, row.id],
    (row) => row,
  )
})

/** Changes one's own comment; who is named anew is not told again. */
export const editComment = action(contract.editComment, async ({ store, input, actor, nowMs }) => {
  const before = await findOwn(store, input.id, actor)
  const after: Comment = { ...before, text: input.text, mentions: input.mentions, editedAtMs: nowMs }
  await store.comments.edit(after)
  return {
    answer: after,
    events: [contract.commentEdited({ id: after.id, on: after.on })],
    audit: { object: ref('comment', after.id), before, after },
  }
})

/** Deletes one's own comment. */
export const deleteComment = action(contract.deleteComment, async ({ store, input, actor }) => {
  const before = await findOwn(store, input.id, actor)
  await store.comments.remove(before.id)
  return {
    answer: {},
    events: [contract.commentDeleted({ id: before.id, on: before.on })],
    audit: { object: ref('comment', before.id), before },
  }
})
