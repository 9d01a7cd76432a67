import type { Release, ReleaseTrigger } from '../contract.ts'
import { ReleasePolicySpec } from '../contract.ts'

/** A release policy of one step without guardrails. */
export function aPolicySpec(over: Partial<ReleasePolicySpec> = {}): ReleasePolicySpec {
  const rollout = { steps: [{ weight: 50, minPredictions: 10 }] }
  const spec = ReleasePolicySpec.parse({
    model: 'flight-delay',
    endpoint: 'flight-delay',
    pipeline: 'train',
    policy: 'flights',
    rollout,
  })
  return { ...spec, ...over }
}

export function aTrigger(over: Partial<ReleaseTrigger> = {}): ReleaseTrigger {
  return {
    kind: 'alert',
    id: 'alr_1',
    reason: 'It drifted.',
    event: 'monitoring.alert.fired',
    by: null,
    atMs: 1,
    values: {},
    ...over,
  }
}

/** A release that has just been triggered. */
export function aRelease(over: Partial<Release> = {}): Release {
  const refs = [{ kind: 'alert', id: 'alr_1' }]
  return {
    id: 'rel_1',
    policy: 'p',
    number: 1,
    model: 'flight-delay',
    endpoint: 'flight-delay',
    state: 'triggered',
    trigger: aTrigger(),
    parameters: {},
    spec: aPolicySpec(),
    suppressed: false,
    pipelineRunId: null,
    versionId: null,
    version: null,
    gate: null,
    approvalId: null,
    rolloutId: null,
    deploymentId: null,
    outcome: null,
    timeline: [
      {
        atMs: 1,
        state: 'triggered',
        step: 'triggered',
        sentence: 'It drifted.',
        refs,
      },
    ],
    sentence: 'It drifted.',
    createdAtMs: 1,
    updatedAtMs: 1,
    endedAtMs: null,
    ...over,
  }
}
