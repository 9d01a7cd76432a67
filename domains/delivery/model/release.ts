import type { Ref } from '@millrace/contract'
import type { Gate } from '@millrace/governance/contract'
import type { Release, ReleaseState, ReleaseStep } from '../contract.ts'
import { problem } from '../contract.ts'

const endStates = ['live', 'rejected', 'rolled_back', 'failed'] as const
const openStates = ['triggered', 'training', 'validating', 'awaiting_approval', 'rolling_out'] as const

/** How a release may move: from which states a step starts, and where it leads. A note leads nowhere. */
export const moves: Readonly<Record<ReleaseStep, { from: readonly ReleaseState[]; to: ReleaseState | 'same' }>> = {
  triggered: { from: ['triggered'], to: 'same' },
  suppressed: { from: ['triggered'], to: 'rejected' },
  training_started: { from: ['triggered'], to: 'training' },
  version_given: { from: ['triggered'], to: 'validating' },
  trained: { from: ['training'], to: 'validating' },
  gate_passed: { from: ['validating'], to: 'awaiting_approval' },
  gate_refused: { from: ['validating'], to: 'rejected' },
  overridden: { from: ['rejected'], to: 'validating' },
  approved: { from: ['awaiting_approval'], to: 'rolling_out' },
  not_approved: { from: ['awaiting_approval'], to: 'rejected' },
  rollout_started: { from: ['rolling_out'], to: 'same' },
  deployed: { from: ['rolling_out'], to: 'same' },
  promoted: { from: ['rolling_out'], to: 'live' },
  rolled_back: { from: ['rolling_out'], to: 'rolled_back' },
  failed: { from: openStates, to: 'failed' },
  noted: { from: [...openStates, ...endStates], to: 'same' },
}

/** What a step brings with it, and how it reads. */
export interface Move {
  readonly step: ReleaseStep
  readonly sentence: string
  readonly refs?: readonly Ref[]
  /** What the release learns by it. */
  readonly learns?: Partial<
    Pick<
      Release,
      'pipelineRunId' | 'versionId' | 'version' | 'approvalId' | 'rolloutId' | 'deploymentId' | 'suppressed'
    >
  > & { readonly gate?: Gate }
}

/** Moves a release. Throws `delivery/illegal-transition`, naming the states the step starts from. */
export function move(release: Release, made: Move, nowMs: number): Release {
  const { from, to } = moves[made.step]
  if (!from.includes(release.state)) {
    const { id, state } = release
    throw problem['illegal-transition']({ id, state, step: made.step, allowed: from.join(' or ').replaceAll('_', ' ') })
  }
  const state = to === 'same' ? release.state : to
  const outcome = endStates.find((end) => end === state) ?? null
  const entry = { atMs: nowMs, state, step: made.step, sentence: made.sentence, refs: [...(made.refs ?? [])] }
  const noted = made.step === 'noted'
  return {
    ...release,
    ...made.learns,
    state,
    outcome,
    timeline: [...release.timeline, entry],
    sentence: noted ? release.sentence : made.sentence,
    updatedAtMs: nowMs,
    endedAtMs: outcome === null ? null : (release.endedAtMs ?? nowMs),
  }
}

/** True while something is still to come of it by itself. */
export function isOpen(release: Pick<Release, 'state'>): boolean {
  return (openStates as readonly ReleaseState[]).includes(release.state) // `includes` of a narrower tuple
}
