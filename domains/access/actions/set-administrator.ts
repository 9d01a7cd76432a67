import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, grantChanged } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { requireAnotherAdministrator } from '../store/administrators.ts'
import { showUser } from '../store/users.ts'

/** Makes an account an administrator of the whole server, or takes that back. */
export const setAdministrator = action(
  contract.setAdministrator,
  async ({ store, input, actor, nowMs, newId, scope }) => {
    const user = (await store.users.find(input.id)) ?? (await store.users.findAnywhere(input.id))
    if (user === undefined) throw accessProblem['no-such-user']({ user: input.id })
    // Grants on the server are kept in the workspace that is always there.
    const grants = store.grantsIn('default')
    const wanted = { user_id: user.id, role: 'admin', on_kind: 'server', on_id: 'server' }
    const there = await grants.findLike(wanted)
    const answer = showUser(user, (await store.grants.rolesOf([user.id])).get(user.id) ?? [])
    if ((there !== undefined) === input.administrator) return { answer, audit: 'unchanged' }
    if (there === undefined) {
      await grants.add({ id: newId('grant'), ...wanted, effect: 'allow', created_at_ms: nowMs })
    } else {
      await requireAnotherAdministrator(scope.db, actor, user, nowMs)
      await grants.remove(there.id)
    }
    const effect = input.administrator ? ('allow' as const) : ('none' as const)
    return {
      answer,
      events: [grantChanged({ id: there?.id ?? user.id, userId: user.id, role: 'admin', effect })],
      audit: {
        object: ref('user', user.id),
        before: { administrator: !input.administrator },
        after: { administrator: input.administrator },
      },
    }
  },
)
