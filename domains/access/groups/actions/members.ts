import { ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { accessProblem, groupChanged } from '../../contract.ts'
import type { AccessStore } from '../../store/access-store.ts'
import { action } from '../../store/access-store.ts'
import { requireNotAbove } from '../../store/administrators.ts'

/** Puts an account into a group. Who is in it already stays in it. */
export const joinGroup = action(contract.joinGroup, async ({ store, input, actor, nowMs, scope }) => {
  const { group, user } = await both(store, input)
  await requireNotAbove(scope.db, actor, group)
  const there = await store.groups.member(group.id, user.id)
  const shown = (number: number) => ({ group: group.name, user: user.name, number })
  if (there !== undefined) return { answer: shown(there.number), audit: 'unchanged' }
  const member = await store.groups.join(group.id, user.id, nowMs)
  return {
    answer: shown(member.number),
    events: [groupChanged({ id: group.id, name: group.name, change: 'joined', user: user.id })],
    audit: { object: ref('group', group.id), after: { joined: user.id } },
  }
})

/** Takes an account out of a group. */
export const leaveGroup = action(contract.leaveGroup, async ({ store, input }) => {
  const { group, user } = await both(store, input)
  if ((await store.groups.member(group.id, user.id)) === undefined)
    throw accessProblem['not-a-member']({ user: user.name, group: group.name })
  await store.groups.leave(group.id, user.id)
  return {
    answer: {},
    events: [groupChanged({ id: group.id, name: group.name, change: 'left', user: user.id })],
    audit: { object: ref('group', group.id), before: { member: user.id } },
  }
})

async function both(store: AccessStore, { name, user: nameOrId }: { readonly name: string; readonly user: string }) {
  const group = await store.groups.find(name)
  if (group === undefined) throw accessProblem['no-such-group']({ group: name })
  const user = (await store.users.find(nameOrId)) ?? (await store.users.findAnywhere(nameOrId))
  if (user === undefined) throw accessProblem['no-such-user']({ user: nameOrId })
  return { group, user }
}
