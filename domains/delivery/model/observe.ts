import { ref } from '@millrace/contract'
import type { Approval, Gate } from '@millrace/governance/contract'
import type { Release } from '../contract.ts'
import type { Move } from './release.ts'

/** What delivery sees of a pipeline run. */
export interface TrainingSeen {
  readonly id: string
  readonly number: number
  readonly pipeline: string
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly outputs: Readonly<Record<string, unknown>> | null
  readonly reason: string | null
}

/** What delivery sees of a version. */
export interface VersionSeen {
  readonly id: string
  readonly model: string
  readonly version: number
}

/** What delivery sees of a rollout or of a direct deployment. */
export interface ServingSeen {
  readonly id: string
  readonly state: 'under_way' | 'promoted' | 'rolled_back' | 'failed'
  readonly reason: string | null
}

const runName = (run: TrainingSeen) => `${run.pipeline} run ${run.number}`

/** The id of the version that a run made; the reason in a sentence when it made none; undefined while it runs. */
export function observeTraining(
  run: TrainingSeen,
  versionOutput: string,
): { readonly versionId: string } | { readonly failed: string } | undefined {
  if (run.state === 'queued' || run.state === 'running') return undefined
  if (run.state !== 'succeeded') {
    return { failed: `Training ended: ${runName(run)} ${run.state}${run.reason === null ? '' : ` (${run.reason})`}.` }
  }
  const found = run.outputs?.[versionOutput]
  if (typeof found === 'string' && found !== '') return { versionId: found }
  const names = Object.keys(run.outputs ?? {}).join(', ')
  const has = names === '' ? 'it has none' : `it has ${names}`
  return { failed: `Training ended without a version: ${runName(run)} has no output "${versionOutput}"; ${has}.` }
}

/** The version of a run, once it is known to be of the release's model. */
export function trained(run: TrainingSeen, version: VersionSeen): Move {
  return {
    step: 'trained',
    sentence: `${runName(run)} made v${version.version}.`,
    refs: [ref('pipeline-run', run.id), ref('model-version', version.id)],
    learns: { versionId: version.id, version: version.version },
  }
}

/** Why a gate refused, check by check, or undefined when it passed. */
export function observeGate(release: Release, gate: Gate): Move | undefined {
  if (gate.verdict === 'pass') return undefined
  const against = gate.checks.filter((check) => check.verdict !== 'pass' && check.override === null)
  const why = against.map((check) => check.sentence).join('; ')
  const how = gate.verdict === 'fail' ? 'refused by its gate' : 'not let through, for want of evidence'
  return {
    step: 'gate_refused',
    sentence: `v${release.version ?? '?'} was ${how}: ${why}.`,
    refs: evidenceOf(gate),
    learns: { gate },
  }
}

/** The step from a passed gate to its approval. */
export function gatePassed(release: Release, gate: Gate, approval: Approval): Move {
  const figures = gate.checks.map((check) => check.sentence).join('; ')
  const by = gate.overridden ? ' with an override' : ''
  return {
    step: 'gate_passed',
    sentence: `v${release.version ?? '?'} passed its gate${by}${figures === '' ? '' : `: ${figures}`}.`,
    refs: [...evidenceOf(gate), ref('approval', approval.id)],
    learns: { gate, approvalId: approval.id },
  }
}

/** Where an approval leads; undefined while people have not decided. */
export function observeApproval(approval: Approval): Move | undefined {
  if (approval.state === 'requested') return undefined
  const step = approval.state === 'approved' ? 'approved' : 'not_approved'
  const sentence = approval.sentence ?? `The approval was ${approval.state}.`
  return { step, sentence, refs: [ref('approval', approval.id)] }
}

/** Where a rollout or a deployment leads; undefined while it is under way. */
export function observeServing(release: Release, seen: ServingSeen): Move | undefined {
  if (seen.state === 'under_way') return undefined
  const kind = release.rolloutId === null ? 'deployment' : 'rollout'
  const version = `v${release.version ?? '?'}`
  const refs = [ref(kind, seen.id), ref('endpoint', release.endpoint)]
  if (seen.state === 'promoted') {
    return { step: 'promoted', sentence: `${version} is live at ${release.endpoint}.`, refs }
  }
  const why = seen.reason === null ? '' : `: ${seen.reason.replace(/\.$/, '')}`
  if (seen.state === 'failed') return { step: 'failed', sentence: `${version} could not be deployed${why}.`, refs }
  return { step: 'rolled_back', sentence: `${version} was rolled back${why}.`, refs }
}

function evidenceOf(gate: Gate) {
  const ids = new Set(gate.checks.map((check) => check.evidenceId).filter((id) => id !== null))
  return [...ids].map((id) => ref('evidence', id))
}
