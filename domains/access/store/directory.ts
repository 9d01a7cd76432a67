import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { GrantRow } from './grants.ts'
import type { GroupRow, MemberRow } from './groups.ts'
import { groupsAnywhere } from './groups.ts'
import type { AccessTables } from './tables.ts'
import type { UserRow } from './users.ts'

/**
 * Reads accounts, groups and grants of all workspaces as other systems' protocols name them. Nothing is checked here:
 * whoever asks has decided before what the caller may see.
 */
export function directory(db: Db) {
  const access = tables<AccessTables>(db)
  const people = () =>
    access.selectFrom('access_user').selectAll().where('workspace', '=', 'default').where('disabled_at_ms', 'is', null)
  return {
    /** An account of the workspace `default` by its name. */
    account: (name: string): Promise<UserRow | undefined> => people().where('name', '=', name).executeTakeFirst(),
    accountsById: async (ids: readonly string[]): Promise<UserRow[]> =>
      ids.length === 0 ? [] : access.selectFrom('access_user').selectAll().where('id', 'in', ids).execute(),
    /** People's accounts by name; programs' are left out. */
    accounts: (): Promise<UserRow[]> => people().where('kind', '=', 'user').orderBy('number').execute(),
    /** Who administers the whole server. */
    administrators: async (): Promise<ReadonlySet<string>> => {
      const rows = await access
        .selectFrom('access_grant')
        .select('user_id')
        .where('on_kind', '=', 'server')
        .where('role', '=', 'admin')
        .where('effect', '=', 'allow')
        .execute()
      return new Set(rows.map((row) => row.user_id))
    },
    groups: (wanted: Parameters<typeof groupsAnywhere>[1]): Promise<GroupRow[]> => groupsAnywhere(db, wanted),
    members: (groupId: string): Promise<MemberRow[]> =>
      access.selectFrom('access_member').selectAll().where('group_id', '=', groupId).orderBy('number').execute(),
    /** What accounts or groups were given themselves, but for the server's administration. */
    grantsOf: async (holders: readonly string[]): Promise<GrantRow[]> =>
      holders.length === 0
        ? []
        : access
            .selectFrom('access_grant')
            .selectAll()
            .where('user_id', 'in', holders)
            .where('on_kind', '!=', 'server')
            .orderBy('number')
            .execute(),
    grant: (number: number): Promise<GrantRow | undefined> =>
      access.selectFrom('access_grant').selectAll().where('number', '=', number).executeTakeFirst(),
  }
}
