import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { accessProblem, groupChanged } from '../../contract.ts'
import { action } from '../../store/access-store.ts'
import { showGroup } from '../../store/groups.ts'

/** Makes a group, or renames or describes it. The same twice changes nothing. */
export const putGroup = action(contract.putGroup, async ({ store, input, nowMs, newId }) => {
  const { name, newName = name, description } = input
  const there = await store.groups.find(name)
  if (newName !== name && (await store.groups.find(newName)) !== undefined)
    throw accessProblem['name-taken']({ what: 'a group', name: newName })
  if (there !== undefined) {
    const before = showGroup(there)
    const after = { ...before, name: newName, description }
    if (canonicalJson(before) === canonicalJson(after)) return { answer: before, audit: 'unchanged' }
    await store.groups.change(there.id, { name: newName, description })
    return {
      answer: after,
      events: [groupChanged({ id: there.id, name: newName, change: 'put' })],
      audit: { object: ref('group', there.id), before, after },
    }
  }
  const row = await store.groups.add({ id: newId('grp'), name: newName, description, created_at_ms: nowMs })
  const group = showGroup(row)
  return {
    answer: group,
    events: [groupChanged({ id: row.id, name: row.name, change: 'put' })],
    audit: { object: ref('group', row.id), after: group },
  }
})

/** Deletes a group with its grants; its members stay. */
export const deleteGroup = action(contract.deleteGroup, async ({ store, input }) => {
  const row = await store.groups.find(input.name)
  if (row === undefined) throw accessProblem['no-such-group']({ group: input.name })
  await store.grants.removeOf(row.id)
  await store.groups.remove(row.id)
  return {
    answer: {},
    events: [groupChanged({ id: row.id, name: row.name, change: 'deleted' })],
    audit: { object: ref('group', row.id), before: showGroup(row) },
  }
})
