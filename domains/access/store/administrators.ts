import { ref } from '@millrace/contract'
import type { Actor } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { accessProblem } from '../contract.ts'
import { decide } from '../model/decide.ts'
import { grantsInForce } from './grants.ts'
import type { AccessTables } from './tables.ts'
import type { UserRow } from './users.ts'

/**
 * True when somebody who administers the workspace `default` or the server can still come in: with a password, or with
 * an unlimited token. `besides` leaves one account out of the count.
 */
export async function hasAdministrator(db: Db, nowMs: number, besides = ''): Promise<boolean> {
  const access = tables<AccessTables>(db)
  const row = await access
    .selectFrom('access_user')
    .innerJoin('access_grant', 'access_grant.user_id', 'access_user.id')
    .leftJoin('access_password', 'access_password.user_id', 'access_user.id')
    .select('access_user.id')
    .where('access_user.id', '!=', besides)
    .where('access_user.disabled_at_ms', 'is', null)
    .where('access_grant.workspace', '=', 'default')
    .where('access_grant.role', '=', 'admin')
    .where('access_grant.on_kind', 'in', ['workspace', 'server'])
    .where('access_grant.effect', '=', 'allow')
    .where((e) =>
      e.or([
        e('access_password.hash', 'is not', null),
        e.exists(
          e
            .selectFrom('access_token')
            .select('access_token.id')
            .whereRef('access_token.user_id', '=', 'access_user.id')
            .where('access_token.revoked_at_ms', 'is', null)
            .where('access_token.scopes', 'is', null)
            .where((t) =>
              t.or([t('access_token.expires_at_ms', 'is', null), t('access_token.expires_at_ms', '>', nowMs)]),
            ),
        ),
      ]),
    )
    .executeTakeFirst()
  return row !== undefined
}

/** Throws `access/last-administrator` when nobody else could let people in again. The local person always can. */
export async function requireAnotherAdministrator(db: Db, actor: Actor, user: UserRow, nowMs: number): Promise<void> {
  if (actor.kind === 'local' || actor.kind === 'system') return
  if (!(await hasAdministrator(db, nowMs)) || (await hasAdministrator(db, nowMs, user.id))) return
  throw accessProblem['last-administrator']({ user: user.name })
}

/**
 * Throws `access/above-you` when an account administers the whole server and the actor does not: whoever could set its
 * password or make its tokens would be the server's administrator.
 */
export async function requireNotAbove(db: Db, actor: Actor, user: Pick<UserRow, 'id' | 'name'>): Promise<void> {
  if (actor.kind === 'local' || actor.kind === 'system' || actor.id === user.id) return
  if ((await administersServer(db, user.id)) && !(await administersServer(db, actor.id)))
    throw accessProblem['above-you']({ user: user.name })
}

/** Throws `access/forbidden` unless the actor administers the whole server: for what was given on the server itself. */
export async function requireServerAdministrator(db: Db, actor: Actor): Promise<void> {
  if (actor.kind === 'local' || actor.kind === 'system' || (await administersServer(db, actor.id))) return
  const permission = 'access:administer'
  throw accessProblem.forbidden({ who: actor.name, permission, on: 'the server', roles: 'admin' })
}

async function administersServer(db: Db, userId: string): Promise<boolean> {
  const held = await grantsInForce(db, 'default', userId)
  return decide([ref('server', 'server')], held, 'access:administer') === true
}
