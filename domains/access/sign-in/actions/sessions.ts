import { ref } from '@millrace/contract'
import type { Actor } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { accessProblem, sessionEnded, sessionOpened } from '../../contract.ts'
import { action, query } from '../../store/access-store.ts'
import type { SessionRow } from '../../store/sessions.ts'

/** Records a session. Not served: the routes that sign somebody in have checked who it is. */
export const openSession = action(contract.openSession, async ({ store, input, nowMs, newId }) => {
  const user = await store.users.findAnywhere(input.userId)
  if (user === undefined || user.disabled_at_ms !== null) throw accessProblem['no-such-user']({ user: input.userId })
  const row = {
    id: newId('ses'),
    user_id: user.id,
    hash: input.hash,
    previous_hash: null,
    rotated_at_ms: nowMs,
    created_at_ms: nowMs,
    last_used_at_ms: nowMs,
    expires_at_ms: input.expiresAtMs,
    method: input.method,
    client: input.client,
  }
  await store.sessions.add(row)
  const session = showSession(row)
  return {
    answer: session,
    events: [sessionOpened({ id: row.id, userId: user.id })],
    audit: { object: ref('session', row.id), after: session },
  }
})

/** The caller's own sessions. */
export const listSessions = query(contract.listSessions, async ({ store, actor }) => {
  const rows = await store.sessions.ofAccount(accountOf(actor))
  return { items: rows.map(showSession) }
})

/** Ends one of the caller's own sessions. */
export const endSession = action(contract.endSession, async ({ store, input, actor }) => {
  const userId = accountOf(actor)
  const row = (await store.sessions.ofAccount(userId)).find((session) => session.id === input.id)
  if (row === undefined) throw accessProblem['no-such-session']({ id: input.id })
  await store.sessions.remove(row.id)
  return {
    answer: {},
    events: [sessionEnded({ id: row.id, userId })],
    audit: { object: ref('session', row.id), before: showSession(row) },
  }
})

/** The account behind an actor. Throws `access/no-account` for the local person and for Millrace itself. */
export function accountOf(actor: Actor): string {
  if (actor.kind === 'local' || actor.kind === 'system') throw accessProblem['no-account']({})
  return actor.id
}

/** Whether it is the caller's present one, only its secret could tell: the page knows that of itself. */
function showSession(row: Omit<SessionRow, 'workspace'>) {
  return {
    id: row.id,
    userId: row.user_id,
    method: row.method,
    client: row.client,
    createdAtMs: row.created_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    expiresAtMs: row.expires_at_ms,
  }
}
