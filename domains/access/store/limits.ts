import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { Limits } from '../contract.ts'
import type { AccessTables } from './tables.ts'

/** How much accounts may ask for. */
export function limits(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  return {
    find: (userId: string): Promise<Limits | undefined> => limitsOf(db, userId),
    put: async (userId: string, { requestsPerSecond, burst, bodyBytes }: Limits): Promise<void> => {
      const values = { requests_per_second: requestsPerSecond, burst, body_bytes: bodyBytes }
      await access
        .insertInto('access_limit')
        .values({ workspace, user_id: userId, ...values })
        .onConflict((c) => c.column('user_id').doUpdateSet(values))
        .execute()
    },
  }
}

/** What was said about one account; undefined when nothing was. */
export async function limitsOf(db: Db, userId: string): Promise<Limits | undefined> {
  const row = await tables<AccessTables>(db)
    .selectFrom('access_limit')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { requestsPerSecond: row.requests_per_second, burst: row.burst, bodyBytes: row.body_bytes }
}
