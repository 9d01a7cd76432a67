import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { GrantInForce } from '../model/decide.ts'
import { builtInRoles } from '../model/permissions.ts'
import { nextNumber } from './next-number.ts'
import { readPermissions } from './roles.ts'
import type { AccessTables } from './tables.ts'

export type GrantRow = AccessTables['access_grant']

/** Which grants of a workspace: of an account or group, on a kind of thing, on one thing. */
export interface GrantFilter {
  readonly userId?: string | undefined
  readonly kind?: string | undefined
  readonly id?: string | undefined
}

/** Transactions that have changed grants: what is read in them may never be seen by anybody else. */
const changed = new WeakSet<Db>()
const noteGrantsChanged = (db: Db) => void changed.add(db)

/** Who is in a group decides about grants as the grants themselves do. */
export const noteMembersChanged = noteGrantsChanged

/** True when this transaction has changed grants, so that nothing it reads of them may be kept. */
export function hasChangedGrants(db: Db): boolean {
  return changed.has(db)
}

/** The grants of one workspace. */
export function grants(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  const own = () => access.selectFrom('access_grant').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string): Promise<GrantRow | undefined> => own().where('id', '=', id).executeTakeFirst(),
    findLike: (row: Pick<GrantRow, 'user_id' | 'role' | 'on_kind' | 'on_id'>): Promise<GrantRow | undefined> =>
      own()
        .where('user_id', '=', row.user_id)
        .where('role', '=', row.role)
        .where('on_kind', '=', row.on_kind)
        .where('on_id', '=', row.on_id)
        .executeTakeFirst(),
    /** Newest first; ids sort by time. */
    list: (limit: number, beforeId: string | undefined, wanted: GrantFilter = {}): Promise<GrantRow[]> =>
      own()
        .$if(beforeId !== undefined, (q) => q.where('id', '<', beforeId ?? ''))
        .$if(wanted.userId !== undefined, (q) => q.where('user_id', '=', wanted.userId ?? ''))
        .$if(wanted.kind !== undefined, (q) => q.where('on_kind', '=', wanted.kind ?? ''))
        .$if(wanted.id !== undefined, (q) => q.where('on_id', '=', wanted.id ?? ''))
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
    /** By the number that counting protocols know. */
    byNumber: (number: number): Promise<GrantRow | undefined> => own().where('number', '=', number).executeTakeFirst(),
    /** Writes a grant under the next number. */
    add: async (row: Omit<GrantRow, 'workspace' | 'number'>): Promise<GrantRow> => {
      noteGrantsChanged(db)
      const added = { workspace, ...row, number: await nextNumber(db, 'access_grant') }
      await access.insertInto('access_grant').values(added).execute()
      return added
    },
    change: async (id: string, changes: Partial<Pick<GrantRow, 'effect' | 'role'>>): Promise<void> => {
      noteGrantsChanged(db)
      await access
        .updateTable('access_grant')
        .set(changes)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute()
    },
    ...takingBack(db, workspace),
  }
}

/** How grants go. */
function takingBack(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  return {
    /** Takes every grant of one account or group. */
    removeOf: async (userId: string): Promise<void> => {
      noteGrantsChanged(db)
      await access.deleteFrom('access_grant').where('user_id', '=', userId).execute()
    },
    /** Takes every grant on one thing. */
    removeOn: async (on: Ref): Promise<void> => {
      noteGrantsChanged(db)
      await access
        .deleteFrom('access_grant')
        .where('workspace', '=', workspace)
        .where('on_kind', '=', on.kind)
        .where('on_id', '=', on.id)
        .execute()
    },
    /** Gives every grant of the workspace to another one, when it is renamed. */
    moveTo: async (other: string): Promise<void> => {
      noteGrantsChanged(db)
      const rows = () => access.updateTable('access_grant').where('workspace', '=', workspace)
      await rows().where('on_kind', '=', 'workspace').set({ on_id: other }).execute()
      await rows().set({ workspace: other }).execute()
    },
    /** Takes every grant of the workspace, when it goes itself. */
    removeAll: async (): Promise<void> => {
      noteGrantsChanged(db)
      await access.deleteFrom('access_grant').where('workspace', '=', workspace).execute()
    },
    remove: async (id: string): Promise<void> => {
      noteGrantsChanged(db)
      await access.deleteFrom('access_grant').where('workspace', '=', workspace).where('id', '=', id).execute()
    },
  }
}

/** What an account and its groups have been given in a workspace and on the whole server, with what each role allows. */
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
    .where((e) =>
      e.or([
        e('access_grant.user_id', '=', userId),
        e(
          'access_grant.user_id',
          'in',
          e.selectFrom('access_member').select('access_member.group_id').where('access_member.user_id', '=', userId),
        ),
      ]),
    )
    .where((e) => e.or([e('access_grant.workspace', '=', workspace), e('access_grant.on_kind', '=', 'server')]))
    .execute()
  return rows.map((row) => ({
    on: ref(row.on_kind, row.on_id),
    effect: row.effect,
    permissions: builtInRoles[row.role] ?? (row.permissions === null ? [] : readPermissions(row.permissions)),
  }))
}

/** The workspaces in which an account or one of its groups holds anything. */
export async function workspacesOf(db: Db, userId: string): Promise<ReadonlySet<string>> {
  const rows = await tables<AccessTables>(db)
    .selectFrom('access_grant')
    .select('workspace')
    .distinct()
    .where('effect', '=', 'allow')
    .where((e) =>
      e.or([
        e('user_id', '=', userId),
        e(
          'user_id',
          'in',
          e.selectFrom('access_member').select('access_member.group_id').where('access_member.user_id', '=', userId),
        ),
      ]),
    )
    .execute()
  return new Set(rows.map((row) => row.workspace))
}

/** A row as the API shows it. */
export function showGrant(row: GrantRow) {
  const on: Ref = ref(row.on_kind, row.on_id)
  return {
    id: row.id,
    userId: row.user_id,
    role: row.role,
    on,
    effect: row.effect,
    number: row.number,
    createdAtMs: row.created_at_ms,
  }
}
