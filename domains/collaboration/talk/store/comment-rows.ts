import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { Comment } from '../../model/talk.ts'
import type { CollaborationTables } from '../../store/tables.ts'

interface Listing {
  readonly kind: string
  readonly id: string
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes comments. */
export function commentRows(db: Kysely<CollaborationTables>, workspace: string) {
  const rows = () => db.selectFrom('collaboration_comment').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string): Promise<Comment | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toComment(row)
    },
    /** Oldest first; one more than `limit` where there is one. */
    list: async ({ kind, id, limit, pageToken }: Listing): Promise<Comment[]> => {
      const [atMs = -1, after = ''] = decodePageToken(pageToken ?? '') ?? []
      const found = await rows()
        .where('on_kind', '=', kind)
        .where('on_id', '=', id)
        .where((e) =>
          e.or([
            e('created_at_ms', '>', Number(atMs)),
            e.and([e('created_at_ms', '=', Number(atMs)), e('id', '>', String(after))]),
          ]),
        )
        .orderBy('created_at_ms')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return found.map(toComment)
    },
    add: async (comment: Comment): Promise<void> => {
      await db
        .insertInto('collaboration_comment')
        .values({
          workspace,
          id: comment.id,
          on_kind: comment.on.kind,
          on_id: comment.on.id,
          text: comment.text,
          mentions: JSON.stringify(comment.mentions),
          in_reply_to: comment.inReplyTo,
          created_by: comment.createdBy.id,
          created_by_name: comment.createdBy.name,
          created_at_ms: comment.createdAtMs,
          edited_at_ms: comment.editedAtMs,
        })
        .execute()
    },
    edit: async ({ id, text, mentions, editedAtMs }: Comment): Promise<void> => {
      await db
        .updateTable('collaboration_comment')
        .set({ text, mentions: JSON.stringify(mentions), edited_at_ms: editedAtMs })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute()
    },
    remove: (id: string) =>
      db.deleteFrom('collaboration_comment').where('workspace', '=', workspace).where('id', '=', id).execute(),
  }
}

function toComment(row: Selectable<CollaborationTables['collaboration_comment']>): Comment {
  return Comment.parse({
    id: row.id,
    on: { kind: row.on_kind, id: row.on_id },
    text: row.text,
    mentions: JSON.parse(row.mentions) as unknown, // the schema around it reads it
    inReplyTo: row.in_reply_to,
    createdBy: { id: row.created_by, name: row.created_by_name },
    createdAtMs: row.created_at_ms,
    editedAtMs: row.edited_at_ms,
  })
}
