import type { Kysely } from 'kysely'
import type { NoticeKind } from '../../model/talk.ts'
import type { CollaborationTables } from '../../store/tables.ts'

/** What is told unless somebody chose otherwise. */
export const usualWishes: readonly NoticeKind[] = ['mention', 'reply']

/** Reads and writes of what accounts want to be told inside the product. */
export function wishRows(db: Kysely<CollaborationTables>, workspace: string) {
  return {
    wishesOf: async (userId: string): Promise<readonly NoticeKind[]> => {
      const row = await db
        .selectFrom('collaboration_wish')
        .select('wants')
        .where('workspace', '=', workspace)
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return row === undefined ? usualWishes : kindsOf(row.wants)
    },
    /** The accounts that chose to be told of a kind. */
    wishing: async (kind: NoticeKind): Promise<string[]> => {
      const found = await db
        .selectFrom('collaboration_wish')
        .select(['user_id', 'wants'])
        .where('workspace', '=', workspace)
        .execute()
      return found.filter(({ wants }) => kindsOf(wants).includes(kind)).map((row) => row.user_id)
    },
    saveWishes: async (userId: string, wants: readonly NoticeKind[]): Promise<void> => {
      const changes = { wants: JSON.stringify(wants) }
      await db
        .insertInto('collaboration_wish')
        .values({ workspace, user_id: userId, ...changes })
        .onConflict((c) => c.columns(['workspace', 'user_id']).doUpdateSet(changes))
        .execute()
    },
  }
}

function kindsOf(wants: string): NoticeKind[] {
  return JSON.parse(wants) as NoticeKind[] // `saveWishes` wrote it
}
