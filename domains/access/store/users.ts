import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { User } from '../contract.ts'
import type { AccessTables } from './tables.ts'

export type UserRow = AccessTables['access_user']

/** The accounts made in one workspace. */
export function users(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  const own = () => access.selectFrom('access_user').selectAll().where('workspace', '=', workspace)
  return {
    /** By name, else by id. */
    find: async (nameOrId: string): Promise<UserRow | undefined> => {
      const byName = await own().where('name', '=', nameOrId).executeTakeFirst()
      return byName ?? own().where('id', '=', nameOrId).executeTakeFirst()
    },
    /** An account of any workspace of this server: only its id names it. */
    findAnywhere: (id: string): Promise<UserRow | undefined> =>
      access.selectFrom('access_user').selectAll().where('id', '=', id).executeTakeFirst(),
    /** By name, after `afterName`. */
    list: (limit: number, afterName: string): Promise<UserRow[]> =>
      own().where('name', '>', afterName).orderBy('name').limit(limit).execute(),
    add: async (row: Omit<UserRow, 'workspace'>): Promise<void> => {
      await access
        .insertInto('access_user')
        .values({ workspace, ...row })
        .execute()
    },
    disable: async (id: string, atMs: number): Promise<void> => {
      await access
        .updateTable('access_user')
        .set({ disabled_at_ms: atMs })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute()
    },
  }
}

/** A row as the API shows it. */
export function showUser(row: UserRow, roles: readonly string[]): Omit<User, 'id'> & { id: string } {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    roles: [...roles],
    createdAtMs: row.created_at_ms,
    disabledAtMs: row.disabled_at_ms,
  }
}
