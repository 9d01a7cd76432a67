import { canonicalJson, ref } from '@millrace/contract'
import type { Scope } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { accessProblem, workspaceChanged, workspaceDeleted } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { tablesHolding } from '../store/workspaces.ts'

/** Describes a workspace; gives an empty one another name. */
export const changeWorkspace = action(contract.changeWorkspace, async ({ store, input, scope }) => {
  const { name, newName = name, ...changes } = input
  const before = await store.workspaces.find(name)
  if (before === undefined) throw accessProblem['no-such-workspace']({ workspace: name })
  const described = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const after = { ...before, ...described, name: newName }
  if (canonicalJson(before) === canonicalJson(after)) return { answer: before, audit: 'unchanged' }
  if (newName !== name) {
    if ((await store.workspaces.find(newName)) !== undefined)
      throw accessProblem['name-taken']({ what: 'a workspace', name: newName })
    await requireEmpty(scope, name)
    await store.grantsIn(name).moveTo(newName)
  }
  await store.workspaces.change(name, after)
  return {
    answer: after,
    events: [workspaceChanged({ name }), ...(newName === name ? [] : [workspaceChanged({ name: newName })])],
    audit: { object: ref('workspace', name), before, after },
  }
})

/** Deletes a workspace that holds nothing but its own accounts' rights. */
export const deleteWorkspace = action(contract.deleteWorkspace, async ({ store, input, scope }) => {
  const { name } = input
  const before = await store.workspaces.find(name)
  if (before === undefined) throw accessProblem['no-such-workspace']({ workspace: name })
  await requireEmpty(scope, name)
  await store.grantsIn(name).removeAll()
  await store.workspaces.remove(name)
  return { answer: {}, events: [workspaceDeleted({ name })], audit: { object: ref('workspace', name), before } }
})

async function requireEmpty(scope: Scope, workspace: string): Promise<void> {
  if (workspace === 'default') throw accessProblem['default-workspace']({})
  const holding = await tablesHolding(scope, workspace)
  if (holding.length === 0) return
  const holds = holding.map((table) => table.replaceAll('_', ' ')).join(', ')
  throw accessProblem['workspace-not-empty']({ workspace, holds })
}
