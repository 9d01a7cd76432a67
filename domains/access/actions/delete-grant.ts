import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, grantChanged } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { requireServerAdministrator } from '../store/administrators.ts'
import { showGrant } from '../store/grants.ts'

/** Takes a grant back. */
export const deleteGrant = action(contract.deleteGrant, async ({ store, input, actor, scope }) => {
  const row = await store.grants.find(input.id)
  if (row === undefined) throw accessProblem['no-such-grant']({ id: input.id })
  if (row.on_kind === 'server') await requireServerAdministrator(scope.db, actor)
  await store.grants.remove(row.id)
  return {
    answer: {},
    events: [grantChanged({ id: row.id, userId: row.user_id, role: row.role, effect: 'none' })],
    audit: { object: ref('grant', row.id), before: showGrant(row) },
  }
})

/** Gives another role on the same thing, or turns a grant round. */
export const changeGrant = action(contract.changeGrant, async ({ store, input, actor, scope }) => {
  const row = await store.grants.find(input.id)
  if (row === undefined) throw accessProblem['no-such-grant']({ id: input.id })
  if (row.on_kind === 'server') await requireServerAdministrator(scope.db, actor)
  const { role = row.role, effect = row.effect } = input
  if (role === row.role && effect === row.effect) return { answer: showGrant(row), audit: 'unchanged' }
  if ((await store.roles.find(role)) === undefined) throw accessProblem['no-such-role']({ role })
  const there = await store.grants.findLike({ ...row, role })
  if (there !== undefined && there.id !== row.id) throw accessProblem['name-taken']({ what: 'a grant of', name: role })
  await store.grants.change(row.id, { role, effect })
  const after = showGrant({ ...row, role, effect })
  return {
    answer: after,
    events: [grantChanged({ id: row.id, userId: row.user_id, role, effect })],
    audit: { object: ref('grant', row.id), before: showGrant(row), after },
  }
})
