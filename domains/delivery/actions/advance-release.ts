import { ref } from '@millrace/contract'
import type { Release } from '../contract.ts'
import { gatePassed, observeApproval, observeGate, observeServing, observeTraining, trained } from '../model/observe.ts'
import type { Move } from '../model/release.ts'
import { action } from '../store/delivery-store.ts'
import { findRelease } from './find-release.ts'
import * as contract from './in-process-contract.ts'
import { keepMove } from './keep-move.ts'
import type { Neighbours, Reach } from './neighbours.ts'
import { versionOf } from './start-release.ts'

/**
 * Makes the action that takes the next step of a release. It asks the domain the release waits on, in the same
 * transaction; events only say when to look, so one that is lost or comes twice changes nothing.
 */
export const advanceRelease = (neighbours: Neighbours) =>
  action(contract.advanceRelease, async (context) => {
    const { store, input, nowMs } = context
    const release = await findRelease(store, input.id)
    const made = await nextMove(neighbours, context, release)
    if (made === undefined) return { answer: release, audit: 'unchanged' }
    return keepMove(store, release, made, { nowMs })
  })

async function nextMove(neighbours: Neighbours, reach: Reach, release: Release): Promise<Move | undefined> {
  switch (release.state) {
    case 'triggered':
      return begin(neighbours, reach, release)
    case 'training':
      return followTraining(neighbours, reach, release)
    case 'validating':
      return validate(neighbours, reach, release)
    case 'awaiting_approval':
      return followApproval(neighbours, reach, release)
    case 'rolling_out':
      return rollOut(neighbours, reach, release)
    case 'live':
    case 'rejected':
    case 'rolled_back':
    case 'failed':
      return undefined
    default:
      return release.state satisfies never
  }
}

async function begin(neighbours: Neighbours, reach: Reach, release: Release): Promise<Move> {
  const { versionId, version } = release
  if (versionId !== null) {
    const sentence = `v${version ?? '?'} exists already; nothing is trained.`
    return { step: 'version_given', sentence, refs: [ref('model-version', versionId)] }
  }
  const run = await neighbours.startTraining(reach, release)
  return {
    step: 'training_started',
    sentence: `Training with ${run.pipeline} run ${run.number}.`,
    refs: [ref('pipeline-run', run.id)],
    learns: { pipelineRunId: run.id },
  }
}

async function followTraining(neighbours: Neighbours, reach: Reach, release: Release): Promise<Move | undefined> {
  if (release.pipelineRunId === null) return undefined
  const run = await neighbours.readTraining(reach, release.pipelineRunId)
  const seen = observeTraining(run, release.spec.versionOutput)
  if (seen === undefined) return undefined
  if ('failed' in seen) return { step: 'failed', sentence: seen.failed, refs: [ref('pipeline-run', run.id)] }
  return trained(run, await versionOf(neighbours, reach, seen.versionId, release.model))
}

async function validate(neighbours: Neighbours, reach: Reach, release: Release): Promise<Move | undefined> {
  if (release.versionId === null) return undefined
  const gate = await neighbours.evaluateGate(reach, release.versionId, release.spec.policy)
  return observeGate(release, gate) ?? gatePassed(release, gate, await neighbours.requestApproval(reach, release, gate))
}

async function followApproval(
  neighbours: Neighbours,
  reach: Reach,
  { approvalId }: Release,
): Promise<Move | undefined> {
  return approvalId === null ? undefined : observeApproval(await neighbours.readApproval(reach, approvalId))
}

async function rollOut(neighbours: Neighbours, reach: Reach, release: Release): Promise<Move | undefined> {
  const { endpoint, versionId, rolloutId, deploymentId } = release
  if (rolloutId !== null) return observeServing(release, await neighbours.readRollout(reach, rolloutId))
  if (deploymentId !== null) {
    return observeServing(release, await neighbours.readDeployment(reach, endpoint, deploymentId))
  }
  if (versionId === null) return undefined
  const reason = `Release ${release.id}: ${release.trigger.reason ?? release.trigger.kind}`.slice(0, 2000)
  const served = await neighbours.serve(reach, { endpoint, versionId, plan: release.spec.rollout, reason })
  return servingStarted(release, served)
}

function servingStarted(release: Release, served: { rolloutId: string } | { deploymentId: string }): Move {
  const version = `v${release.version ?? '?'}`
  if ('rolloutId' in served) {
    const sentence = `${version} is being rolled out at ${release.endpoint}.`
    return { step: 'rollout_started', sentence, refs: [ref('rollout', served.rolloutId)], learns: served }
  }
  const sentence = `${version} is the first version at ${release.endpoint}: it is deployed directly.`
  return { step: 'deployed', sentence, refs: [ref('deployment', served.deploymentId)], learns: served }
}
