import { Done, endpoint, event, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { Comment, Subject } from '../../model/talk.ts'

const CommentId = z.string().min(1).max(128)
const Text = z.string().trim().min(1).max(20_000)
const Mentions = z.array(z.string().min(1).max(128)).max(50).default([])

export const addComment = endpoint({
  name: 'collaboration.add-comment',
  method: 'POST',
  path: '/comments',
  summary: 'Says something about a thing; accounts that are mentioned hear of it',
  needs: { permission: 'collaboration:write' },
  input: z.object({
    on: Subject,
    /** Markdown. */
    text: Text,
    /** Ids of accounts that the text names. */
    mentions: Mentions,
    inReplyTo: CommentId.optional(),
  }),
  output: Comment,
  problems: [problem['comment-not-found']],
  status: 201,
})

export const listComments = endpoint({
  name: 'collaboration.list-comments',
  method: 'GET',
  path: '/comments',
  summary: 'Lists what was said about a thing, oldest first',
  needs: { permission: 'collaboration:read' },
  input: PageQuery.extend({ kind: Subject.shape.kind, id: Subject.shape.id }),
  output: page(Comment),
})

export const editComment = endpoint({
  name: 'collaboration.edit-comment',
  method: 'PATCH',
  path: '/comments/{id}',
  summary: 'Changes the text of one’s own comment',
  needs: { permission: 'collaboration:write', on: (input) => ref('comment', input.id) },
  input: z.object({ id: CommentId, text: Text, mentions: Mentions }),
  output: Comment,
  problems: [problem['comment-not-found'], problem['not-your-comment']],
})

export const deleteComment = endpoint({
  name: 'collaboration.delete-comment',
  method: 'DELETE',
  path: '/comments/{id}',
  summary: 'Deletes one’s own comment',
  needs: { permission: 'collaboration:write', on: (input) => ref('comment', input.id) },
  input: z.object({ id: CommentId }),
  output: Done,
  problems: [problem['comment-not-found'], problem['not-your-comment']],
})

const CommentEvent = z.object({ id: z.string(), on: Subject })
export const commentAdded = event('collaboration.comment.added', CommentEvent)
export const commentEdited = event('collaboration.comment.edited', CommentEvent)
export const commentDeleted = event('collaboration.comment.deleted', CommentEvent)
