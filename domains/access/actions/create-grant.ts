import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, grantChanged } from '../contract.ts'
import type { AccessStore } from '../store/access-store.ts'
import { action } from '../store/access-store.ts'
import { showGrant } from '../store/grants.ts'
import type { UserRow } from '../store/users.ts'

/** Gives an account a role on one thing (default: the workspace), or keeps it from it. */
export const createGrant = action(contract.createGrant, async ({ store, input, workspace, nowMs, newId }) => {
  const { role, effect } = input
  const user = await enabledUser(store, input.user)
  if ((await store.roles.find(role)) === undefined) throw accessProblem['no-such-role']({ role })
  // Only one thing of kind workspace can be meant: this one.
  const on = input.on === undefined || input.on.kind === 'workspace' ? ref('workspace', workspace) : input.on
  const row = {
    id: newId('grant'),
    user_id: user.id,
    role,
    on_kind: on.kind,
    on_id: on.id,
    effect,
    created_at_ms: nowMs,
  }
  const there = await store.grants.findLike(row)
  if (there?.effect === effect) return { answer: showGrant(there), audit: 'unchanged' }
  if (there === undefined) await store.grants.add(row)
  else await store.grants.setEffect(there.id, effect)
  const grant = showGrant({ ...row, ...there, effect })
  return {
    answer: grant,
    events: [grantChanged({ id: grant.id, userId: user.id, role, effect })],
    audit: {
      object: ref('grant', grant.id),
      ...(there === undefined ? {} : { before: showGrant(there) }),
      after: grant,
    },
  }
})

async function enabledUser(store: AccessStore, nameOrId: string): Promise<UserRow> {
  const user = (await store.users.find(nameOrId)) ?? (await store.users.findAnywhere(nameOrId))
  if (user === undefined) throw accessProblem['no-such-user']({ user: nameOrId })
  if (user.disabled_at_ms !== null) throw accessProblem.disabled({ user: user.name })
  return user
}
