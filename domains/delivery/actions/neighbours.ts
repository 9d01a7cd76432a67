import type { Approval, Gate } from '@millrace/governance/contract'
import type { ActionContext } from '@millrace/kernel'
import type { RolloutPlan } from '@millrace/model-serving/contract'
import type { Release } from '../contract.ts'
import type { OpenIncident } from '../model/consider-trigger.ts'
import type { ServingSeen, TrainingSeen, VersionSeen } from '../model/observe.ts'

/** What a neighbour is reached through: the transaction of the act that asks. */
export type Reach = Pick<ActionContext<unknown, unknown>, 'call' | 'ask'>

/** A wish to bring a version to an endpoint. */
export interface ServingWish {
  readonly endpoint: string
  readonly versionId: string
  readonly plan: RolloutPlan
  readonly reason: string
}

/**
 * What delivery needs of the domains it drives. Everything happens in the transaction it is handed, so that a step of
 * a release and what it sets going are written together or not at all.
 */
export interface Neighbours {
  /** Starts the release's pipeline run; asked again for the same release it answers the same run. */
  startTraining(reach: Reach, release: Release): Promise<TrainingSeen>
  readTraining(reach: Reach, pipelineRunId: string): Promise<TrainingSeen>
  readVersion(reach: Reach, versionId: string): Promise<VersionSeen>
  evaluateGate(reach: Reach, versionId: string, policy: string | undefined): Promise<Gate>
  overrideCheck(reach: Reach, of: { versionId: string; check: string; reason: string; policy: string }): Promise<void>
  requestApproval(reach: Reach, release: Release, gate: Gate): Promise<Approval>
  readApproval(reach: Reach, approvalId: string): Promise<Approval>
  /** Deploys the first version of an endpoint directly; any other by a rollout. */
  serve(reach: Reach, wish: ServingWish): Promise<{ rolloutId: string } | { deploymentId: string }>
  readRollout(reach: Reach, rolloutId: string): Promise<ServingSeen>
  readDeployment(reach: Reach, endpoint: string, deploymentId: string): Promise<ServingSeen>
  /** Incidents at the endpoint's monitors that nobody has resolved. */
  openIncidents(reach: Reach, endpoint: string): Promise<readonly OpenIncident[]>
}
