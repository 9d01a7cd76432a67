import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { AccessTables } from './tables.ts'

export type SessionRow = AccessTables['access_session']

/** The sessions of accounts. */
export function sessions(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  return {
    ofAccount: (userId: string): Promise<SessionRow[]> =>
      access.selectFrom('access_session').selectAll().where('user_id', '=', userId).orderBy('id', 'desc').execute(),
    add: async (row: Omit<SessionRow, 'workspace'>): Promise<void> => {
      await access
        .insertInto('access_session')
        .values({ workspace, ...row })
        .execute()
    },
    remove: async (id: string): Promise<void> => {
      await access.deleteFrom('access_session').where('id', '=', id).execute()
    },
  }
}

/** A session that is open, with the account behind it. */
export interface SessionHolder {
  readonly sessionId: string
  readonly userId: string
  readonly kind: 'user' | 'service'
  readonly userName: string
  readonly hash: string
  readonly rotatedAtMs: number
  readonly lastUsedAtMs: number
  readonly expiresAtMs: number
}

/** Finds the session of a secret by its hash, be it the present secret or the one before. */
export async function sessionHolderOf(db: Db, hash: string): Promise<SessionHolder | undefined> {
  return tables<AccessTables>(db)
    .selectFrom('access_session')
    .innerJoin('access_user', 'access_user.id', 'access_session.user_id')
    .select([
      'access_session.id as sessionId',
      'access_session.hash as hash',
      'access_session.rotated_at_ms as rotatedAtMs',
      'access_session.last_used_at_ms as lastUsedAtMs',
      'access_session.expires_at_ms as expiresAtMs',
      'access_user.id as userId',
      'access_user.kind as kind',
      'access_user.name as userName',
    ])
    .where((e) => e.or([e('access_session.hash', '=', hash), e('access_session.previous_hash', '=', hash)]))
    .where('access_user.disabled_at_ms', 'is', null)
    .executeTakeFirst()
}

/** Gives a session a new secret. False when somebody else has done so: then the old one goes on for a moment. */
export async function rotateSession(db: Db, id: string, from: string, to: string, atMs: number): Promise<boolean> {
  const result = await tables<AccessTables>(db)
    .updateTable('access_session')
    .set({ hash: to, previous_hash: from, rotated_at_ms: atMs, last_used_at_ms: atMs })
    .where('id', '=', id)
    .where('hash', '=', from)
    .executeTakeFirst()
  return Number(result.numUpdatedRows) === 1
}

/** Ends a session whose earlier secret somebody still uses: it may have been stolen. */
export async function dropSession(db: Db, id: string): Promise<void> {
  await tables<AccessTables>(db).deleteFrom('access_session').where('id', '=', id).execute()
}

/** Notes when sessions were used last. */
export async function noteSessionUse(db: Db, used: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, atMs] of used) {
    await tables<AccessTables>(db)
      .updateTable('access_session')
      .set({ last_used_at_ms: atMs })
      .where('id', '=', id)
      .where('last_used_at_ms', '<', atMs)
      .execute()
  }
}

/** Forgets sessions that have run out. */
export async function forgetEndedSessions(db: Db, nowMs: number, idleMs: number): Promise<void> {
  await tables<AccessTables>(db)
    .deleteFrom('access_session')
    .where((e) => e.or([e('expires_at_ms', '<', nowMs), e('last_used_at_ms', '<', nowMs - idleMs)]))
    .execute()
}
