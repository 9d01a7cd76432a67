import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { AccessTables } from './tables.ts'

type Counted = 'access_user' | 'access_grant' | 'access_group' | 'access_member'

/** One more than the largest number of a table; two writers at once conflict and one runs again. */
export async function nextNumber(db: Db, table: Counted): Promise<number> {
  const row = await tables<AccessTables>(db)
    .selectFrom(table)
    .select((e) => e.fn.max('number').as('largest'))
    .executeTakeFirst()
  return (row?.largest ?? 0) + 1
}
