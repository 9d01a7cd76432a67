import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { GrantInForce } from '../model/decide.ts'
import { builtInRoles } from '../model/permissions.ts'
import { readPermissions } from './roles.ts'
import type { AccessTables } from './tables.ts'

export type GrantRow = AccessTables['access_grant']

/** The grants of one workspace. */
export function grants(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  const own = () => access.selectFrom('access_grant').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string): Promise<GrantRow | undefined> => own().where('id', '=', id).executeTakeFirst(),
    findLike: (row: Omit<GrantRow, 'workspace'>): Promise<GrantRow | undefined> =>
      own()
        .where('user_id', '=', row.user_id)
        .where('role', '=', row.role)
        .where('on_kind', '=', row.on_kind)
        .where('on_id', '=', row.on_id)
        .executeTakeFirst(),
    /** Newest first; ids sort by time. */
    list: (limit: number, beforeId: string | undefined, userId: string | undefined): Promise<GrantRow[]> =>
      own()
        .$if(beforeId !== undefined, (q) => q.where('id', '<', beforeId ?? ''))
        .$if(userId !== undefined, (q) => q.where('user_id', '=', userId ?? ''))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    /** Roles on the whole workspace, by account. */
    rolesOf: async (userIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> => {
      if (userIds.length === 0) return new Map()
      const rows = await own()
        .where('user_id', 'in', userIds)
        .where('on_kind', '=', 'workspace')
        .where('effect', '=', 'allow')
        .orderBy('role')
        .execute()
      const byUser = Map.groupBy(rows, (row) => row.user_id)
      return new Map([...byUser].map(([userId, found]) => [userId, found.map((row) => row.role)]))
    },
    add: async (row: Omit<GrantRow, 'workspace'>): Promise<void> => {
      await access
        .insertInto('access_grant')
        .values({ workspace, ...row })
        .execute()
    },
    setEffect: async (id: string, effect: GrantRow['effect']): Promise<void> => {
      await access
        .updateTable('access_grant')
        .set({ effect })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute()
    },
    remove: async (id: string): Promise<void> => {
      await access.deleteFrom('access_grant').where('workspace', '=', workspace).where('id', '=', id).execute()
    },
  }
}

/** What an account has been given in a workspace, with what each role allows. */
export async function grantsInForce(db: Db, workspace: string, userId: string): Promise<GrantInForce[]> {
  const rows = await tables<AccessTables>(db)
    .selectFrom('access_grant')
    .leftJoin('access_role', (join) =>
      join
        .onRef('access_role.name', '=', 'access_grant.role')
        .onRef('access_role.workspace', '=', 'access_grant.workspace'),
    )
    .select([
      'access_grant.role',
      'access_grant.on_kind',
      'access_grant.on_id',
      'access_grant.effect',
      'access_role.permissions',
    ])
    .where('access_grant.user_id', '=', userId)
    .where('access_grant.workspace', '=', workspace)
    .execute()
  return rows.map((row) => ({
    on: ref(row.on_kind, row.on_id),
    effect: row.effect,
    permissions: builtInRoles[row.role] ?? (row.permissions === null ? [] : readPermissions(row.permissions)),
  }))
}

/** A row as the API shows it. */
export function showGrant(row: GrantRow | Omit<GrantRow, 'workspace'>) {
  const on: Ref = ref(row.on_kind, row.on_id)
  return { id: row.id, userId: row.user_id, role: row.role, on, effect: row.effect, createdAtMs: row.created_at_ms }
}
