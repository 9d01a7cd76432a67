import * as contract from '../contract.ts'
import { accessProblem } from '../contract.ts'
import { query } from '../store/access-store.ts'
import { grantsInForce, workspacesOf } from '../store/grants.ts'

/** The workspaces by name: all for whoever is trusted or holds something on the whole server, else those one has a part in. */
export const listWorkspaces = query(contract.listWorkspaces, async ({ store, actor, workspace, scope }) => {
  const all = await store.workspaces.list()
  if (actor.kind === 'local' || actor.kind === 'system') return { items: all }
  const held = await grantsInForce(scope.db, workspace, actor.id)
  if (held.some((grant) => grant.on.kind === 'server' && grant.effect === 'allow')) return { items: all }
  const own = await workspacesOf(scope.db, actor.id)
  return { items: all.filter(({ name }) => own.has(name)) }
})

/** This workspace. */
export const readWorkspace = query(contract.readWorkspace, async ({ store, workspace }) => {
  const found = await store.workspaces.find(workspace)
  if (found === undefined) throw accessProblem['no-such-workspace']({ workspace })
  return found
})
