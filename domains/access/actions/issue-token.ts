import { ref } from '@millrace/contract'
import type { ActionContext } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { tokenIssued, tokenRevoked } from '../contract.ts'
import type { AccessStore } from '../store/access-store.ts'
import { action } from '../store/access-store.ts'
import { showToken } from '../store/tokens.ts'
import type { UserRow } from '../store/users.ts'
import { createUser } from './create-user.ts'

/** Records a token that this process made, for an account that is made or brought to its role when needed. Not served. */
export const issueToken = action(contract.issueToken, async (context) => {
  const { store, input, nowMs, newId } = context
  const user = await accountFor(context)
  const replaced = input.replaces ? (await store.tokens.active(user.id)).filter((row) => row.name === input.name) : []
  const same = replaced.find((row) => row.hash === input.hash)
  if (same !== undefined) return { answer: showToken(same), audit: 'unchanged' }
  for (const row of replaced) await store.tokens.revoke(row.id, nowMs)
  const row = {
    id: newId('tok'),
    user_id: user.id,
    name: input.name,
    hash: input.hash,
    scopes: input.scopes === undefined ? null : JSON.stringify(input.scopes),
    created_at_ms: nowMs,
    expires_at_ms: input.expiresAtMs ?? null,
    revoked_at_ms: null,
  }
  await store.tokens.add(row)
  const token = showToken(row)
  return {
    answer: token,
    events: [
      tokenIssued({ id: row.id, name: row.name, userId: user.id }),
      ...replaced.map((old) => tokenRevoked({ id: old.id, name: old.name, userId: user.id })),
    ],
    audit: { object: ref('token', row.id), after: token },
  }
})

type Context = ActionContext<AccessStore, { account: { name: string; kind: 'user' | 'service'; role: string } }>

async function accountFor(context: Context): Promise<Pick<UserRow, 'id'>> {
  const { store, input, call, workspace, nowMs, newId } = context
  const { name, kind, role } = input.account
  const user = await store.users.find(name)
  if (user === undefined) return call(createUser, { name, kind, roles: [role] })
  const roles = (await store.grants.rolesOf([user.id])).get(user.id) ?? []
  if (!roles.includes(role)) {
    const grant = { id: newId('grant'), user_id: user.id, role, on_kind: 'workspace', on_id: workspace }
    await store.grants.add({ ...grant, effect: 'allow', created_at_ms: nowMs })
  }
  return user
}
