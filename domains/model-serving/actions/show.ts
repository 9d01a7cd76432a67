import type { z } from 'zod'
import type { Deployment, Rollout, ServingEndpoint } from '../contract.ts'
import { EndpointSpec, GuardrailReading, RolloutPlan } from '../contract.ts'
import type { DeploymentRow, EndpointRow, RolloutRow } from '../store/tables.ts'

/** A deployment as the contract says it. */
export function showDeployment(row: DeploymentRow): z.input<typeof Deployment> {
  const { id, endpoint, version, role, weight, state, reason } = row
  return {
    id,
    endpoint,
    version,
    role,
    weight,
    state,
    reason,
    versionId: row.version_id,
    createdAtMs: row.created_at_ms,
    readyAtMs: row.ready_at_ms,
    endedAtMs: row.ended_at_ms,
    createdBy: row.created_by,
  }
}

/** A rollout as the contract says it. */
export function showRollout(row: RolloutRow): z.input<typeof Rollout> {
  const { id, endpoint, version, state, step, reason } = row
  return {
    id,
    endpoint,
    version,
    state,
    step,
    reason,
    versionId: row.version_id,
    championVersionId: row.champion_version_id,
    deploymentId: row.deployment_id,
    paused: row.paused === 1,
    plan: planOf(row),
    verdicts: verdictsOf(row),
    progress: {
      predictions: row.predictions,
      labels: row.labels,
    },
    startedAtMs: row.started_at_ms,
    stepStartedAtMs: row.step_started_at_ms,
    endedAtMs: row.ended_at_ms,
    startedBy: row.started_by,
  }
}

/** An endpoint as the contract says it. */
export function showEndpoint(
  row: EndpointRow,
  deployments: readonly DeploymentRow[],
  rollout: RolloutRow | undefined,
): z.input<typeof ServingEndpoint> {
  const { id, name, model } = row
  return {
    id,
    name,
    model,
    deployments: deployments.map(showDeployment),
    rollout: rollout === undefined ? null : showRollout(rollout),
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    spec: specOf(row),
  }
}

/** A row's spec, with defaults that came after it was written. */
export function specOf(row: Pick<EndpointRow, 'spec'>): EndpointSpec {
  return EndpointSpec.parse(JSON.parse(row.spec))
}

export function planOf(row: Pick<RolloutRow, 'plan'>): RolloutPlan {
  return RolloutPlan.parse(JSON.parse(row.plan))
}

function verdictsOf(row: Pick<RolloutRow, 'verdicts'>): GuardrailReading[] {
  return GuardrailReading.array().parse(JSON.parse(row.verdicts))
}
