import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { AccessTables } from './tables.ts'

/** Who is who at OpenID Connect providers. */
export function identities(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  return {
    find: async (issuer: string, subject: string): Promise<string | undefined> => {
      const row = await access
        .selectFrom('access_identity')
        .select('user_id')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirst()
      return row?.user_id
    },
    add: async (issuer: string, subject: string, userId: string, atMs: number): Promise<void> => {
      await access
        .insertInto('access_identity')
        .values({ workspace, issuer, subject, user_id: userId, created_at_ms: atMs })
        .execute()
    },
    remove: async (userId: string): Promise<void> => {
      await access.deleteFrom('access_identity').where('user_id', '=', userId).execute()
    },
  }
}
