import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, workspaceCreated } from '../contract.ts'
import { action } from '../store/access-store.ts'

/** Makes a workspace. An account that makes one administers it; the local person does anyway. */
export const createWorkspace = action(contract.createWorkspace, async ({ store, input, actor, nowMs, newId }) => {
  const { name } = input
  if ((await store.workspaces.find(name)) !== undefined)
    throw accessProblem['name-taken']({ what: 'a workspace', name })
  const workspace = { name, description: input.description, artifactRoot: input.artifactRoot, createdAtMs: nowMs }
  await store.workspaces.add(workspace)
  if (actor.kind === 'user' || actor.kind === 'service') {
    const grant = { id: newId('grant'), user_id: actor.id, role: 'admin', on_kind: 'workspace', on_id: name }
    await store.grantsIn(name).add({ ...grant, effect: 'allow', created_at_ms: nowMs })
  }
  return {
    answer: workspace,
    events: [workspaceCreated({ name })],
    audit: { object: ref('workspace', name), after: workspace },
  }
})
