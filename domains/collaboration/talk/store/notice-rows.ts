import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { NoticeKind } from '../../model/talk.ts'
import { Notification } from '../../model/talk.ts'
import type { CollaborationTables } from '../../store/tables.ts'

/** A notice for one account. The same `eventKey` twice is one notice. */
export interface NewNotice {
  readonly id: string
  readonly userId: string
  readonly kind: NoticeKind
  readonly about: { readonly kind: string; readonly id: string }
  readonly sentence: string
  readonly eventKey: string
  readonly atMs: number
}

interface Listing {
  readonly userId: string
  readonly unread: boolean
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes what accounts are told inside the product. */
export function noticeRows(db: Kysely<CollaborationTables>, workspace: string) {
  const rows = (userId: string) =>
    db.selectFrom('collaboration_notice').where('workspace', '=', workspace).where('for_user', '=', userId)
  return {
    /** Newest first; one more than `limit` where there is one. */
    list: async ({ userId, unread, limit, pageToken }: Listing): Promise<Notification[]> => {
      const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
      const mine = rows(userId).selectAll()
      const wanted = unread ? mine.where('read_at_ms', 'is', null) : mine
      const from =
        id === undefined
          ? wanted
          : wanted.where((e) =>
              e.or([
                e('created_at_ms', '<', Number(atMs)),
                e.and([e('created_at_ms', '=', Number(atMs)), e('id', '<', String(id))]),
              ]),
            )
      const found = await from
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return found.map(toNotification)
    },
    unread: async (userId: string): Promise<number> => {
      const found = await rows(userId)
        .select((e) => e.fn.countAll().as('count'))
        .where('read_at_ms', 'is', null)
        .executeTakeFirst()
      return Number(found?.count ?? 0)
    },
    add: async (notices: readonly NewNotice[]): Promise<void> => {
      if (notices.length === 0) return
      await db
        .insertInto('collaboration_notice')
        .values(notices.map((notice) => toRow(workspace, notice)))
        .onConflict((c) => c.columns(['workspace', 'for_user', 'event_key']).doNothing())
        .execute()
    },
    /** Marks those named as read, or all. */
    markRead: async (userId: string, ids: readonly string[] | undefined, atMs: number): Promise<void> => {
      if (ids?.length === 0) return
      const mine = db
        .updateTable('collaboration_notice')
        .set({ read_at_ms: atMs })
        .where('workspace', '=', workspace)
        .where('for_user', '=', userId)
        .where('read_at_ms', 'is', null)
      await (ids === undefined ? mine : mine.where('id', 'in', ids)).execute()
    },
  }
}

function toRow(workspace: string, notice: NewNotice) {
  return {
    workspace,
    id: notice.id,
    for_user: notice.userId,
    kind: notice.kind,
    about_kind: notice.about.kind,
    about_id: notice.about.id,
    sentence: notice.sentence,
    event_key: notice.eventKey,
    created_at_ms: notice.atMs,
    read_at_ms: null,
  }
}

function toNotification(row: Selectable<CollaborationTables['collaboration_notice']>): Notification {
  return Notification.parse({
    id: row.id,
    kind: row.kind,
    about: { kind: row.about_kind, id: row.about_id },
    sentence: row.sentence,
    createdAtMs: row.created_at_ms,
    readAtMs: row.read_at_ms,
  })
}
