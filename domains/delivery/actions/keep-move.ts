import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { LineageEdge, Outcome } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { Release, ReleaseStep } from '../contract.ts'
import type { Move } from '../model/release.ts'
import { move } from '../model/release.ts'
import type { DeliveryStore } from '../store/delivery-store.ts'

const events: Partial<Record<ReleaseStep, typeof contract.releaseTriggered>> = {
  triggered: contract.releaseTriggered,
  suppressed: contract.releaseSuppressed,
  trained: contract.releaseTrained,
  gate_refused: contract.releaseRejected,
  not_approved: contract.releaseRejected,
  overridden: contract.releaseOverridden,
  promoted: contract.releaseWentLive,
  rolled_back: contract.releaseRolledBack,
  failed: contract.releaseFailed,
}

/** Moves a release, keeps it, and says what follows: event, audit record and edges. */
export async function keepMove(
  store: DeliveryStore,
  before: Release,
  made: Move,
  context: { readonly nowMs: number; readonly reason?: string },
): Promise<Outcome<Release>> {
  const after = move(before, made, context.nowMs)
  await store.releases.save(after)
  return {
    answer: after,
    events: eventsOf(after, made.step),
    audit: {
      object: ref('release', after.id),
      before: standing(before),
      after: { ...standing(after), step: made.step, sentence: made.sentence },
      ...(context.reason === undefined ? {} : { reason: context.reason }),
    },
    edges: edgesOf(after, made.step),
  }
}

/** The event that a step publishes, if any. */
export function eventsOf(release: Release, step: ReleaseStep): DomainEvent[] {
  const { id, policy, model, endpoint, versionId, sentence } = release
  const make = events[step]
  return make === undefined ? [] : [make({ id, policy, model, endpoint, versionId, sentence })]
}

function edgesOf(release: Release, step: ReleaseStep): LineageEdge[] {
  const self = ref('release', release.id)
  const to = (kind: string, id: string | null, type: LineageEdge['type']): LineageEdge[] =>
    id === null ? [] : [{ from: self, type, to: ref(kind, id) }]
  if (step === 'training_started') return to('pipeline-run', release.pipelineRunId, 'triggered')
  if (step === 'approved') return to('approval', release.approvalId, 'approved_by')
  if (step === 'rollout_started') return to('rollout', release.rolloutId, 'triggered')
  return step === 'deployed' ? to('deployment', release.deploymentId, 'triggered') : []
}

function standing(release: Release) {
  const { state, versionId, pipelineRunId, approvalId, rolloutId, deploymentId } = release
  return { state, versionId, pipelineRunId, approvalId, rolloutId, deploymentId }
}
