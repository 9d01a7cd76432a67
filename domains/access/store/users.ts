import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { User } from '../contract.ts'
import { nextNumber } from './next-number.ts'
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
    /** The accounts with these ids, in any workspace. */
    byIds: async (ids: readonly string[]): Promise<UserRow[]> =>
      ids.length === 0
        ? []
        : access.selectFrom('access_user').selectAll().where('id', 'in', ids).orderBy('name').execute(),
    /** Writes an account under the next number. */
    add: async (row: Omit<UserRow, 'workspace' | 'number'>): Promise<UserRow> => {
      const added = { workspace, ...row, number: await nextNumber(db, 'access_user') }
      await access.insertInto('access_user').values(added).execute()
      return added
    },
    /** Forgets an account altogether: its name is free again, its id stays in the audit. */
    remove: async (id: string): Promise<void> => {
      await access.deleteFrom('access_user').where('workspace', '=', workspace).where('id', '=', id).execute()
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
    number: row.number,
    roles: [...roles],
    createdAtMs: row.created_at_ms,
    disabledAtMs: row.disabled_at_ms,
  }
}
