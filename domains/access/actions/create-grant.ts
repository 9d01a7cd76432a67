import { ref } from '@millrace/contract'
import type { ResourceKind } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { accessProblem, grantChanged } from '../contract.ts'
import type { AccessStore } from '../store/access-store.ts'
import { action } from '../store/access-store.ts'
import { showGrant } from '../store/grants.ts'
import { identityOf } from './authorize.ts'

/**
 * Makes the action that gives an account or a group a role on one thing (default: the workspace), or keeps it from it. A
 * thing with several names is kept under the one that stays.
 */
export function createGrantOf(resources: ReadonlyMap<string, ResourceKind>) {
  return action(contract.createGrant, async ({ store, input, workspace, nowMs, newId, scope }) => {
    const { role, effect } = input
    const holder = await holderOfGrant(store, input.user)
    if ((await store.roles.find(role)) === undefined) throw accessProblem['no-such-role']({ role })
    // Only one thing of kind workspace can be meant: this one.
    const onWorkspace = input.on === undefined || input.on.kind === 'workspace'
    const on = onWorkspace ? ref('workspace', workspace) : await identityOf(resources, scope, input.on ?? ref('', ''))
    const row = { user_id: holder.id, role, on_kind: on.kind, on_id: on.id, effect }
    const there = await store.grants.findLike(row)
    if (there?.effect === effect) return { answer: showGrant(there), audit: 'unchanged' }
    if (there !== undefined) await store.grants.change(there.id, { effect })
    const added =
      there === undefined
        ? await store.grants.add({ id: newId('grant'), ...row, created_at_ms: nowMs })
        : { ...there, effect }
    const grant = showGrant(added)
    return {
      answer: grant,
      events: [grantChanged({ id: grant.id, userId: holder.id, role, effect })],
      audit: {
        object: ref('grant', grant.id),
        ...(there === undefined ? {} : { before: showGrant(there) }),
        after: grant,
      },
    }
  })
}

async function holderOfGrant(store: AccessStore, nameOrId: string): Promise<{ readonly id: string }> {
  const user = (await store.users.find(nameOrId)) ?? (await store.users.findAnywhere(nameOrId))
  if (user === undefined) {
    const group = await store.groups.byId(nameOrId)
    if (group !== undefined) return group
    throw accessProblem['no-such-user']({ user: nameOrId })
  }
  if (user.disabled_at_ms !== null) throw accessProblem.disabled({ user: user.name })
  return user
}
