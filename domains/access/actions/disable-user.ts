import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, sessionEnded, tokenRevoked, userDisabled } from '../contract.ts'
import type { AccessStore } from '../store/access-store.ts'
import { action } from '../store/access-store.ts'
import { requireAnotherAdministrator, requireNotAbove } from '../store/administrators.ts'
import { showUser } from '../store/users.ts'

/** Disables an account and revokes its tokens; or forgets it, with its grants, groups and password. */
export const disableUser = action(contract.disableUser, async ({ store, input, actor, nowMs, scope }) => {
  const row = await store.users.find(input.id)
  if (row === undefined) throw accessProblem['no-such-user']({ user: input.id })
  const roles = (await store.grants.rolesOf([row.id])).get(row.id) ?? []
  const before = showUser(row, roles)
  if (row.disabled_at_ms !== null && !input.forget) return { answer: before, audit: 'unchanged' }
  await requireNotAbove(scope.db, actor, row)
  await requireAnotherAdministrator(scope.db, actor, row, nowMs)
  await store.users.disable(row.id, nowMs)
  const revoked = await store.tokens.active(row.id)
  for (const token of revoked) await store.tokens.revoke(token.id, nowMs)
  const ended = await store.sessions.ofAccount(row.id)
  for (const session of ended) await store.sessions.remove(session.id)
  if (input.forget) await forget(store, row.id)
  const after = { ...before, disabledAtMs: nowMs }
  return {
    answer: after,
    events: [
      userDisabled({ id: row.id, name: row.name }),
      ...revoked.map((token) => tokenRevoked({ id: token.id, name: token.name, userId: row.id })),
      ...ended.map(({ id }) => sessionEnded({ id, userId: row.id })),
    ],
    audit: { object: ref('user', row.id), before, ...(input.forget ? {} : { after }) },
  }
})

async function forget(store: AccessStore, userId: string): Promise<void> {
  await store.grants.removeOf(userId)
  await store.groups.leaveAll(userId)
  await store.passwords.remove(userId)
  await store.identities.remove(userId)
  await store.users.remove(userId)
}
