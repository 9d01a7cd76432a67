import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import type { ServingStore } from '../store/serving-store.ts'
import type { DeploymentRow, EndpointRow } from '../store/tables.ts'

type Context = Pick<ActionContext<ServingStore, unknown>, 'store' | 'holds' | 'workspace' | 'actor' | 'nowMs' | 'newId'>
type Part = Pick<DeploymentRow, 'version_id' | 'version' | 'role' | 'weight'> &
  Partial<Pick<DeploymentRow, 'rollout_id' | 'experiment_id'>>

/** Adds a deployment that is not loaded yet, holds its version against deletion, and says where it stands in the lineage. */
export async function addDeployment(
  { store, holds, workspace, actor, nowMs, newId }: Context,
  endpoint: EndpointRow,
  part: Part,
): Promise<{ row: DeploymentRow; self: Ref; edges: LineageEdge[] }> {
  const row: DeploymentRow = {
    rollout_id: null,
    experiment_id: null,
    ...part,
    workspace,
    id: newId('dep'),
    endpoint: endpoint.name,
    state: 'loading',
    reason: null,
    created_at_ms: nowMs,
    ready_at_ms: null,
    ended_at_ms: null,
    created_by: actor.id,
  }
  const [self, version] = [ref('deployment', row.id), ref('model-version', row.version_id)]
  await store.deployments.add(row)
  await holds.place(version, self, `it serves the endpoint "${endpoint.name}"`)
  const edges: LineageEdge[] = [
    { from: version, type: 'deployed_as', to: self },
    { from: self, type: 'deployed_as', to: ref('endpoint', endpoint.id) },
  ]
  return { row, self, edges }
}
