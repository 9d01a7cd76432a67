import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, tokenRevoked, userDisabled } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { showUser } from '../store/users.ts'

/** Disables an account and revokes its tokens. */
export const disableUser = action(contract.disableUser, async ({ store, input, nowMs }) => {
  const row = await store.users.find(input.id)
  if (row === undefined) throw accessProblem['no-such-user']({ user: input.id })
  const roles = (await store.grants.rolesOf([row.id])).get(row.id) ?? []
  const before = showUser(row, roles)
  if (row.disabled_at_ms !== null) return { answer: before, audit: 'unchanged' }
  await store.users.disable(row.id, nowMs)
  const revoked = await store.tokens.active(row.id)
  for (const token of revoked) await store.tokens.revoke(token.id, nowMs)
  const after = { ...before, disabledAtMs: nowMs }
  return {
    answer: after,
    events: [
      userDisabled({ id: row.id, name: row.name }),
      ...revoked.map((token) => tokenRevoked({ id: token.id, name: token.name, userId: row.id })),
    ],
    audit: { object: ref('user', row.id), before, after },
  }
})
