import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { nextNumber } from './next-number.ts'
import { noteMembersChanged } from './grants.ts'
import type { AccessTables } from './tables.ts'

export type GroupRow = AccessTables['access_group']
export type MemberRow = AccessTables['access_member']

/** The groups of one workspace with their members. */
export function groups(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  const own = () => access.selectFrom('access_group').selectAll().where('workspace', '=', workspace)
  return {
    find: (name: string): Promise<GroupRow | undefined> => own().where('name', '=', name).executeTakeFirst(),
    byId: (id: string): Promise<GroupRow | undefined> => own().where('id', '=', id).executeTakeFirst(),
    list: (limit: number, afterName: string): Promise<GroupRow[]> =>
      own().where('name', '>', afterName).orderBy('name').limit(limit).execute(),
    add: async (row: Omit<GroupRow, 'workspace' | 'number'>): Promise<GroupRow> => {
      const added = { workspace, ...row, number: await nextNumber(db, 'access_group') }
      await access.insertInto('access_group').values(added).execute()
      return added
    },
    change: async (id: string, changes: Partial<Pick<GroupRow, 'name' | 'description'>>): Promise<void> => {
      await access.updateTable('access_group').set(changes).where('id', '=', id).execute()
    },
    remove: async (id: string): Promise<void> => {
      noteMembersChanged(db)
      await access.deleteFrom('access_member').where('group_id', '=', id).execute()
      await access.deleteFrom('access_group').where('id', '=', id).execute()
    },
    members: (groupId: string): Promise<MemberRow[]> =>
      access.selectFrom('access_member').selectAll().where('group_id', '=', groupId).orderBy('number').execute(),
    member: (groupId: string, userId: string): Promise<MemberRow | undefined> =>
      access
        .selectFrom('access_member')
        .selectAll()
        .where('group_id', '=', groupId)
        .where('user_id', '=', userId)
        .executeTakeFirst(),
    join: async (groupId: string, userId: string, atMs: number): Promise<MemberRow> => {
      noteMembersChanged(db)
      const number = await nextNumber(db, 'access_member')
      const added = { workspace, group_id: groupId, user_id: userId, number, created_at_ms: atMs }
      await access.insertInto('access_member').values(added).execute()
      return added
    },
    leave: async (groupId: string, userId: string): Promise<void> => {
      noteMembersChanged(db)
      await access.deleteFrom('access_member').where('group_id', '=', groupId).where('user_id', '=', userId).execute()
    },
    /** Takes an account out of every group of the server. */
    leaveAll: async (userId: string): Promise<void> => {
      noteMembersChanged(db)
      await access.deleteFrom('access_member').where('user_id', '=', userId).execute()
    },
  }
}

/** Every group of the server, or of some workspaces, or of one account; by number. */
export async function groupsAnywhere(
  db: Db,
  wanted: { readonly workspaces?: readonly string[]; readonly userId?: string; readonly number?: number },
): Promise<GroupRow[]> {
  const { workspaces, userId, number } = wanted
  return tables<AccessTables>(db)
    .selectFrom('access_group')
    .selectAll()
    .$if(workspaces !== undefined, (q) => q.where('workspace', 'in', workspaces ?? []))
    .$if(number !== undefined, (q) => q.where('number', '=', number ?? 0))
    .$if(userId !== undefined, (q) =>
      q.where('id', 'in', (e) =>
        e
          .selectFrom('access_member')
          .select('group_id')
          .where('user_id', '=', userId ?? ''),
      ),
    )
    .orderBy('number')
    .execute()
}

/** A row as the API shows it. */
export function showGroup(row: GroupRow) {
  const { id, number, name, description } = row
  return { id, number, name, description, createdAtMs: row.created_at_ms }
}
