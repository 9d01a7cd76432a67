import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { AccessTables } from './tables.ts'

/** The passwords of accounts, as PHC strings. */
export function passwords(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  return {
    find: async (userId: string): Promise<string | undefined> => {
      const row = await access
        .selectFrom('access_password')
        .select('hash')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return row?.hash
    },
    put: async (userId: string, hash: string, atMs: number): Promise<void> => {
      await access
        .insertInto('access_password')
        .values({ workspace, user_id: userId, hash, changed_at_ms: atMs })
        .onConflict((c) => c.column('user_id').doUpdateSet({ hash, changed_at_ms: atMs }))
        .execute()
    },
    remove: async (userId: string): Promise<void> => {
      await access.deleteFrom('access_password').where('user_id', '=', userId).execute()
    },
  }
}

/** An account with its password's hash, as signing in needs it. */
export interface PasswordHolder {
  readonly userId: string
  readonly kind: 'user' | 'service'
  readonly userName: string
  readonly hash: string
}

/** Finds who may sign in under a name of a workspace; undefined when nobody can. */
export async function passwordHolderOf(db: Db, workspace: string, name: string): Promise<PasswordHolder | undefined> {
  return tables<AccessTables>(db)
    .selectFrom('access_user')
    .innerJoin('access_password', 'access_password.user_id', 'access_user.id')
    .select([
      'access_user.id as userId',
      'access_user.kind as kind',
      'access_user.name as userName',
      'access_password.hash as hash',
    ])
    .where('access_user.workspace', '=', workspace)
    .where('access_user.name', '=', name)
    .where('access_user.disabled_at_ms', 'is', null)
    .executeTakeFirst()
}
