import { evaluateGate, overrideCheck, readApproval, requestApproval } from '@millrace/governance'
import { readVersionById } from '@millrace/model-registry'
import { deployVersion, readEndpoint, readRollout, startRollout } from '@millrace/model-serving'
import type { Deployment, Rollout } from '@millrace/model-serving/contract'
import { listIncidents } from '@millrace/monitoring'
import { readRun, startRun } from '@millrace/pipelines'
import type { PipelineRun } from '@millrace/pipelines/contract'
import type { OpenIncident } from '../model/consider-trigger.ts'
import type { ServingSeen, TrainingSeen } from '../model/observe.ts'
import type { Neighbours, Reach, ServingWish } from './neighbours.ts'

/** The domains of the same server, entered by their doors. */
export const inProcessNeighbours: Neighbours = {
  startTraining: async ({ call }, release) => {
    const trigger = { kind: 'release', id: release.id, ...reasonOf(release.trigger.reason) }
    const { pipeline: name } = release.spec
    return trainingSeen(
      await call(startRun, { name, parameters: release.parameters, trigger, key: `release:${release.id}` }),
    )
  },
  readTraining: async ({ ask }, id) => trainingSeen(await ask(readRun, { id })),
  readVersion: ({ ask }, id) => ask(readVersionById, { id }),
  evaluateGate: ({ call }, id, policy) => call(evaluateGate, { id, ...(policy === undefined ? {} : { policy }) }),
  overrideCheck: async ({ call }, { versionId, ...of }) => {
    await call(overrideCheck, { id: versionId, ...of })
  },
  requestApproval: ({ call }, release, gate) => {
    const { by, reason } = release.trigger
    return call(requestApproval, {
      subject: { kind: 'model-version', id: gate.versionId },
      policy: gate.policy,
      title: `Release ${release.model} v${release.version ?? '?'} to ${release.endpoint}`,
      ...reasonOf(reason),
      ...(by === null ? {} : { onBehalfOf: by }),
    })
  },
  readApproval: ({ ask }, id) => ask(readApproval, { id }),
  serve,
  readRollout: async ({ ask }, id) => rolloutSeen(await ask(readRollout, { id })),
  readDeployment: async ({ ask }, name, id) => {
    const { deployments } = await ask(readEndpoint, { name })
    return deploymentSeen(
      id,
      deployments.find((found) => found.id === id),
    )
  },
  openIncidents: async ({ ask }, endpoint) => {
    const found: OpenIncident[] = []
    for (const state of ['open', 'mitigated'] as const) {
      const { items } = await ask(listIncidents, { endpoint, state, limit: 1000 })
      found.push(...items)
    }
    return found
  },
}

/** An endpoint without a champion takes its first version directly. What is on its way already is taken as ours. */
async function serve({ ask, call }: Reach, wish: ServingWish) {
  const { endpoint: name, versionId, plan, reason } = wish
  const { deployments, rollout } = await ask(readEndpoint, { name })
  if (rollout !== null && rollout.versionId === versionId) return { rolloutId: rollout.id }
  const champion = deployments.find((found) => found.role === 'champion')
  if (champion === undefined) {
    return { deploymentId: (await call(deployVersion, { name, versionId, reason })).id }
  }
  if (champion.versionId === versionId) return { deploymentId: champion.id }
  return { rolloutId: (await call(startRollout, { name, versionId, plan, reason })).id }
}

function trainingSeen(run: PipelineRun): TrainingSeen {
  const { id, number, pipeline, state, outputs, reason } = run
  return { id, number, pipeline, state, outputs, reason }
}

function rolloutSeen({ id, state, reason }: Rollout): ServingSeen {
  return { id, state: state === 'promoted' || state === 'rolled_back' ? state : 'under_way', reason }
}

function deploymentSeen(id: string, deployment: Deployment | undefined): ServingSeen {
  if (deployment === undefined) return { id, state: 'failed', reason: 'the deployment ended before it served' }
  if (deployment.state === 'ready') return { id, state: 'promoted', reason: null }
  const failed = deployment.state === 'failed'
  return { id, state: failed ? 'failed' : 'under_way', reason: deployment.reason }
}

function reasonOf(reason: string | null): { reason?: string } {
  return reason === null || reason.trim() === '' ? {} : { reason: reason.slice(0, 2000) }
}
