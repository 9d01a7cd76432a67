import { ref } from '@millrace/contract'
import type { ActionContext, AuditEntry, LineageEdge } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { RolloutPlan } from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import { action } from '../store/serving-store.ts'
import type { DeploymentRow, EndpointRow, RolloutRow } from '../store/tables.ts'
import { admitVersion } from './admit-version.ts'
import { addDeployment } from './new-deployment.ts'
import { requireEndpoint } from './require-endpoint.ts'
import { showRollout } from './show.ts'

/** Starts a rollout: as a shadow where the plan asks for one, else with the first step's share of the traffic. */
export const startRollout = action(contract.startRollout, async (context) => {
  const { store, input } = context
  const { plan, reason } = input
  const endpoint = await requireEndpoint(store, input.name)
  const version = await admitVersion(context, endpoint, input.versionId)
  const { rollout, ...written } = await beginRollout(context, endpoint, { version, plan, reason })
  return { answer: showRollout(rollout), ...written }
})

/** What a rollout begins with. */
export interface RolloutStart {
  readonly version: { readonly id: string; readonly version: number }
  readonly plan: RolloutPlan
  readonly reason?: string | undefined
}

/** Begins a rollout of a version that may come. Throws `model-serving/no-champion`. */
export async function beginRollout(
  context: Pick<ActionContext<ServingStore, unknown>, 'store' | 'holds' | 'workspace' | 'actor' | 'nowMs' | 'newId'>,
  endpoint: EndpointRow,
  { version, plan, reason }: RolloutStart,
) {
  const { store, newId } = context
  const champion = (await store.deployments.live(endpoint.name)).find(({ role }) => role === 'champion')
  if (champion === undefined) throw contract.servingProblem['no-champion']({ name: endpoint.name })
  const id = newId('rol')
  const { row, self, edges } = await addDeployment(context, endpoint, {
    version_id: version.id,
    version: version.version,
    rollout_id: id,
    ...firstPartOf(plan),
  })
  await store.deployments.update(champion.id, { weight: 100 - row.weight })
  const rollout = rolloutOf(row, champion, { id, plan, reason: reason ?? null })
  await store.rollouts.add(rollout)
  const object = ref('rollout', id)
  const audit: AuditEntry = { object, after: showRollout(rollout), ...(reason === undefined ? {} : { reason }) }
  const partOf: LineageEdge = { from: self, type: 'part_of', to: object }
  return {
    rollout,
    audit,
    events: [contract.rolloutStarted({ id, endpoint: endpoint.name, versionId: version.id })],
    edges: [...edges, partOf],
  }
}

function firstPartOf(plan: RolloutPlan): Pick<DeploymentRow, 'role' | 'weight'> {
  if (plan.shadow !== undefined) return { role: 'shadow', weight: 0 }
  return { role: 'canary', weight: plan.steps[0]?.weight ?? 0 }
}

function rolloutOf(
  canary: DeploymentRow,
  champion: DeploymentRow,
  { id, plan, reason }: { readonly id: string; readonly plan: RolloutPlan; readonly reason: string | null },
): RolloutRow {
  const isShadow = canary.role === 'shadow'
  return {
    id,
    reason,
    workspace: canary.workspace,
    endpoint: canary.endpoint,
    version_id: canary.version_id,
    version: canary.version,
    champion_version_id: champion.version_id,
    champion_deployment_id: champion.id,
    deployment_id: canary.id,
    state: isShadow ? 'shadow' : 'canary',
    paused: 0,
    step: isShadow ? -1 : 0,
    plan: JSON.stringify(plan),
    verdicts: '[]',
    predictions: 0,
    labels: 0,
    started_at_ms: canary.created_at_ms,
    step_started_at_ms: canary.created_at_ms,
    ended_at_ms: null,
    started_by: canary.created_by,
  }
}
