import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, userCreated } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { showUser } from '../store/users.ts'

/** Makes an account and gives it its roles on the whole workspace. */
export const createUser = action(contract.createUser, async ({ store, input, workspace, nowMs, newId }) => {
  const { name, kind } = input
  if ((await store.users.find(name)) !== undefined) throw accessProblem['name-taken']({ what: 'an account', name })
  const roles = [...new Set(input.roles)].toSorted()
  const row = { id: newId(kind === 'user' ? 'usr' : 'svc'), kind, name, created_at_ms: nowMs, disabled_at_ms: null }
  const added = await store.users.add(row)
  for (const role of roles) {
    if ((await store.roles.find(role)) === undefined) throw accessProblem['no-such-role']({ role })
    const grant = { id: newId('grant'), user_id: row.id, role, on_kind: 'workspace', on_id: workspace }
    await store.grants.add({ ...grant, effect: 'allow', created_at_ms: nowMs })
  }
  const user = showUser(added, roles)
  return {
    answer: user,
    events: [userCreated({ id: row.id, name })],
    audit: { object: ref('user', row.id), after: user },
  }
})
