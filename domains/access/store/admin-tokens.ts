import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { AccessTables } from './tables.ts'

/** True when somebody who administers the workspace holds an unlimited token that still opens doors. */
export async function hasAdminToken(db: Db, workspace: string, nowMs: number): Promise<boolean> {
  const row = await tables<AccessTables>(db)
    .selectFrom('access_token')
    .innerJoin('access_user', 'access_user.id', 'access_token.user_id')
    .innerJoin('access_grant', 'access_grant.user_id', 'access_token.user_id')
    .select('access_token.id')
    .where('access_grant.workspace', '=', workspace)
    .where('access_grant.role', '=', 'admin')
    .where('access_grant.on_kind', '=', 'workspace')
    .where('access_grant.effect', '=', 'allow')
    .where('access_user.disabled_at_ms', 'is', null)
    .where('access_token.revoked_at_ms', 'is', null)
    .where('access_token.scopes', 'is', null)
    .where((e) => e.or([e('access_token.expires_at_ms', 'is', null), e('access_token.expires_at_ms', '>', nowMs)]))
    .executeTakeFirst()
  return row !== undefined
}
