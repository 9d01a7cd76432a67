import { ref } from '@millrace/contract'
import type { ActionContext, LineageEdge, Outcome } from '@millrace/kernel'
import { moveAlias } from '@millrace/model-registry'
import type { z } from 'zod'
import { beginRollout } from '../../actions/start-rollout.ts'
import { requireEndpoint } from '../../actions/require-endpoint.ts'
import type { RolloutPlan } from '../../model/rollout-plan.ts'
import { servingProblem } from '../../model/serving-problems.ts'
import type { ServingStore } from '../../store/serving-store.ts'
import { action } from '../../store/serving-store.ts'
import type { ExperimentRow } from '../../store/tables.ts'
import type { ExperimentArm, TrafficExperiment } from '../model/experiment.ts'
import { experimentEnded } from '../model/experiment.ts'
import * as contract from '../model/experiment-endpoints.ts'
import { requireRunning } from './require-experiment.ts'
import { armsOf, showExperiment, verdictOf } from './show-experiment.ts'

type Context = ActionContext<ServingStore, unknown>
type ExperimentOutcome = Outcome<z.input<typeof TrafficExperiment>>

/** Ends an experiment with one of its versions as the champion, at once or by a rollout. */
export const concludeExperiment = action(contract.concludeExperiment, async (context) => {
  const { store, input } = context
  const row = await requireRunning(store, input.id, 'concluded')
  const versionId = input.versionId ?? verdictOf(row).winnerVersionId
  if (versionId === null) throw servingProblem['no-winner']({ id: row.id })
  return conclude(context, row, { versionId, plan: input.plan, reason: input.reason })
})

/** A person, or a version that cannot be loaded, ends an experiment: the champion answers everything again. */
export const stopExperiment = action(contract.stopExperiment, async (context) => {
  const { store, input, actor } = context
  const row = await requireRunning(store, input.id, 'stopped')
  await giveBack(context, armsOf(row))
  return ended(context, row, { state: 'stopped', versionId: null, reason: input.reason ?? `Stopped by ${actor.name}.` })
})

/** How an experiment ends with a version. */
export interface Conclusion {
  readonly versionId: string
  readonly plan?: RolloutPlan | undefined
  readonly reason?: string | undefined
}

/** Ends an experiment with a version. Throws `model-serving/not-in-experiment`. */
export async function conclude(context: Context, row: ExperimentRow, to: Conclusion): Promise<ExperimentOutcome> {
  const arms = armsOf(row)
  const winner = arms.find(({ versionId }) => versionId === to.versionId)
  if (winner === undefined) throw servingProblem['not-in-experiment']({ id: row.id, versionId: to.versionId })
  const end = { state: 'concluded', versionId: to.versionId, reason: to.reason ?? null } as const
  if (winner.role === 'control') {
    await giveBack(context, arms)
    return ended(context, row, end)
  }
  if (to.plan === undefined) return ended(context, row, end, await crown(context, row, arms, winner))
  await giveBack(context, arms)
  const outcome = await ended(context, row, end)
  const endpoint = await requireEndpoint(context.store, row.endpoint)
  const reason = `Won the experiment ${row.id}.`
  const version = { id: winner.versionId, version: winner.version }
  const rollout = await beginRollout(context, endpoint, { version, plan: to.plan, reason })
  return {
    ...outcome,
    events: [...(outcome.events ?? []), ...rollout.events],
    audit: [outcome.audit, rollout.audit].flatMap((audit) => (audit === 'unchanged' ? [] : audit)),
    edges: rollout.edges,
  }
}

/** All traffic to the control. */
async function giveBack({ store }: Context, arms: readonly ExperimentArm[]): Promise<void> {
  for (const { deploymentId, role } of arms) {
    if (role === 'control') await store.deployments.update(deploymentId, { weight: 100 })
    else await store.deployments.update(deploymentId, { role: 'retired', weight: 0, state: 'draining' })
  }
}

/** The winner becomes the champion, and the alias moves with it, in the same transaction. */
async function crown(
  { store, call }: Context,
  row: ExperimentRow,
  arms: readonly ExperimentArm[],
  winner: ExperimentArm,
): Promise<LineageEdge[]> {
  const endpoint = await requireEndpoint(store, row.endpoint)
  const edges: LineageEdge[] = []
  for (const { deploymentId, role } of arms) {
    if (deploymentId === winner.deploymentId) continue
    await store.deployments.update(deploymentId, { role: 'retired', weight: 0, state: 'draining' })
    if (role !== 'control') continue
    edges.push({ from: ref('deployment', winner.deploymentId), type: 'replaced', to: ref('deployment', deploymentId) })
  }
  await store.deployments.update(winner.deploymentId, { role: 'champion', weight: 100 })
  await call(moveAlias, { name: endpoint.model, alias: 'champion', version: winner.version })
  return edges
}

async function ended(
  { store, nowMs }: Context,
  row: ExperimentRow,
  end: { readonly state: 'concluded' | 'stopped'; readonly versionId: string | null; readonly reason: string | null },
  edges: readonly LineageEdge[] = [],
): Promise<ExperimentOutcome> {
  const set = {
    state: end.state,
    ended_at_ms: nowMs,
    winner_version_id: end.versionId,
    reason: end.reason ?? row.reason,
  }
  await store.experiments.update(row.id, set)
  const answer = showExperiment({ ...row, ...set })
  const { id, endpoint } = row
  const { state, reason } = end
  return {
    answer,
    edges,
    events: [experimentEnded({ id, endpoint, state, winnerVersionId: end.versionId, reason })],
    audit: {
      object: ref('traffic-experiment', id),
      before: showExperiment(row),
      after: answer,
      ...(reason === null ? {} : { reason }),
    },
  }
}
