import { ref } from '@millrace/contract'
import type { LineageEdge } from '@millrace/kernel'
import { admitVersion } from '../../actions/admit-version.ts'
import { addDeployment } from '../../actions/new-deployment.ts'
import { requireEndpoint } from '../../actions/require-endpoint.ts'
import { servingProblem } from '../../model/serving-problems.ts'
import { action } from '../../store/serving-store.ts'
import type { DeploymentRow, ExperimentRow } from '../../store/tables.ts'
import type { ExperimentArm, ExperimentSpec } from '../model/experiment.ts'
import * as contract from '../model/experiment-endpoints.ts'
import { experimentStarted } from '../model/experiment.ts'
import { noVerdict } from '../model/judge-experiment.ts'
import { showExperiment } from './show-experiment.ts'

/** Divides the traffic between the champion and other versions. They are loaded before any of it reaches them. */
export const startExperiment = action(contract.startExperiment, async (context) => {
  const { store, input, newId, nowMs, actor } = context
  const { name, reason, ...spec } = input
  const endpoint = await requireEndpoint(store, name)
  const left = shareOfControl(spec)
  const admitted = []
  for (const { versionId } of spec.variants) admitted.push(await admitVersion(context, endpoint, versionId))
  const champion = admitted[0]?.champion
  if (champion === undefined) throw servingProblem['no-champion']({ name })
  const id = newId('abx')
  const object = ref('traffic-experiment', id)
  const arms: ExperimentArm[] = [armOf(champion, left)]
  const edges: LineageEdge[] = []
  for (const [index, { id: versionId, version }] of admitted.entries()) {
    const weight = spec.variants[index]?.weight ?? 0
    const part = { version_id: versionId, version, role: 'variant', weight, experiment_id: id } as const
    const added = await addDeployment(context, endpoint, part)
    arms.push(armOf(added.row, weight))
    edges.push(...added.edges, { from: added.self, type: 'part_of', to: object })
  }
  await store.deployments.update(champion.id, { weight: left })
  const row: Omit<ExperimentRow, 'workspace'> = {
    id,
    endpoint: name,
    state: 'running',
    spec: JSON.stringify(spec),
    arms: JSON.stringify(arms),
    verdict: JSON.stringify(noVerdict(arms)),
    weighing: 0,
    weighed_at_ms: nowMs,
    started_at_ms: nowMs,
    ended_at_ms: null,
    winner_version_id: null,
    reason: reason ?? null,
    started_by: actor.id,
  }
  await store.experiments.add(row)
  await store.experiments.addWeighing({ experiment_id: id, number: 0, at_ms: nowMs, arms: row.arms })
  const answer = showExperiment({ workspace: '', ...row })
  return {
    answer,
    edges,
    events: [experimentStarted({ id, endpoint: name })],
    audit: { object, after: answer, ...(reason === undefined ? {} : { reason }) },
  }
})

/** Percent that is left to the champion. */
function shareOfControl({ variants }: ExperimentSpec): number {
  const left = 100 - variants.reduce((sum, { weight }) => sum + weight, 0)
  if (!(left > 0)) throw servingProblem['bad-shares']({ reason: 'the variants leave the champion nothing' })
  if (new Set(variants.map(({ versionId }) => versionId)).size < variants.length)
    throw servingProblem['bad-shares']({ reason: 'a version is there twice' })
  return left
}

function armOf({ id, version_id, version, role }: DeploymentRow, weight: number): ExperimentArm {
  return {
    version,
    weight,
    deploymentId: id,
    versionId: version_id,
    role: role === 'champion' ? 'control' : 'variant',
  }
}
