import { ref } from '@millrace/contract'
import type { ActionContext } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { accessProblem, grantChanged } from '../../contract.ts'
import { createUser } from '../../actions/create-user.ts'
import type { AccessStore } from '../../store/access-store.ts'
import { action } from '../../store/access-store.ts'
import type { UserRow } from '../../store/users.ts'
import { showUser } from '../../store/users.ts'

type Admitting = ActionContext<AccessStore, { issuer: string; subject: string; name: string }>

/**
 * Finds or makes the account behind an identity of a provider and brings its roles to what the provider's groups say.
 * An account is found by issuer and subject alone: a name at the provider opens no account that was made here. Not served.
 */
export const admitIdentity = action(contract.admitIdentity, async (context) => {
  const { store, input, workspace, nowMs, newId } = context
  const user = await accountFor(context)
  if (user.disabled_at_ms !== null) throw accessProblem.disabled({ user: user.name })
  const before = (await store.grants.rolesOf([user.id])).get(user.id) ?? []
  const wanted = new Set(input.roles)
  const managed = new Set(input.managedRoles)
  const missing = input.roles.filter((role) => !before.includes(role))
  const superfluous = before.filter((role) => managed.has(role) && !wanted.has(role))
  const place = { user_id: user.id, on_kind: 'workspace', on_id: workspace }
  for (const role of missing) {
    if ((await store.roles.find(role)) === undefined) throw accessProblem['no-such-role']({ role })
    await store.grants.add({ id: newId('grant'), ...place, role, effect: 'allow', created_at_ms: nowMs })
  }
  for (const role of superfluous) {
    const grant = await store.grants.findLike({ ...place, role })
    if (grant !== undefined) await store.grants.remove(grant.id)
  }
  const after = [...before.filter((role) => !superfluous.includes(role)), ...missing].toSorted()
  const answer = showUser(user, after)
  if (missing.length + superfluous.length === 0) return { answer, audit: 'unchanged' }
  return {
    answer,
    events: [
      ...missing.map((role) => grantChanged({ id: user.id, userId: user.id, role, effect: 'allow' })),
      ...superfluous.map((role) => grantChanged({ id: user.id, userId: user.id, role, effect: 'none' })),
    ],
    audit: { object: ref('user', user.id), before: { roles: before }, after: { roles: after } },
  }
})

async function accountFor({ store, input, call, nowMs }: Admitting): Promise<UserRow> {
  const { issuer, subject } = input
  const known = await store.identities.find(issuer, subject)
  const found = known === undefined ? undefined : await store.users.findAnywhere(known)
  if (found !== undefined) return found
  const made = await call(createUser, { name: await freeName(store, input.name), roles: [] })
  await store.identities.add(issuer, subject, made.id, nowMs)
  const row = await store.users.findAnywhere(made.id)
  if (row === undefined) throw accessProblem['no-such-user']({ user: made.id })
  return row
}

async function freeName(store: AccessStore, name: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`
    if ((await store.users.find(candidate)) === undefined) return candidate
  }
}
