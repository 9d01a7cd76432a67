import { ref } from '@millrace/contract'
import type { LineageEdge, Outcome } from '@millrace/kernel'
import type { Release, ReleasePolicy, ReleaseTrigger } from '../contract.ts'
import type { Move } from '../model/release.ts'
import { move } from '../model/release.ts'
import type { DeliveryStore } from '../store/delivery-store.ts'
import { eventsOf } from './keep-move.ts'

interface Context {
  readonly store: DeliveryStore
  readonly nowMs: number
  readonly newId: (prefix: string) => string
}

export interface Beginning {
  readonly policy: ReleasePolicy
  readonly trigger: ReleaseTrigger
  readonly parameters: Release['parameters']
  readonly learns?: Partial<Pick<Release, 'versionId' | 'version'>>
  /** What ends it where it begins. */
  readonly ends?: Move
}

/** Writes a new release with its first lines, and says what follows. */
export async function addRelease(context: Context, beginning: Beginning): Promise<Outcome<Release>> {
  const { store, nowMs, newId } = context
  const { policy, trigger, ends } = beginning
  const begun = move(
    blank(beginning, newId('rel'), await store.releases.nextNumber(policy.name), nowMs),
    firstMove(trigger),
    nowMs,
  )
  const release = ends === undefined ? begun : move(begun, ends, nowMs)
  await store.releases.add(release)
  const self = ref('release', release.id)
  const from: LineageEdge = { from: ref(trigger.kind, trigger.id), type: 'triggered', to: self }
  return {
    answer: release,
    events: eventsOf(release, ends === undefined ? 'triggered' : ends.step),
    audit: {
      object: self,
      after: {
        state: release.state,
        policy: policy.name,
        trigger,
        parameters: release.parameters,
        sentence: release.sentence,
      },
      ...(trigger.by === null || trigger.reason === null ? {} : { reason: trigger.reason }),
    },
    edges: trigger.kind === 'event' ? [] : [from],
  }
}

function firstMove(trigger: ReleaseTrigger): Move {
  const sentence =
    trigger.by === null
      ? (trigger.reason ?? `Triggered by ${trigger.kind} ${trigger.id}.`)
      : `${trigger.by.name} asked: ${trigger.reason ?? ''}`
  return { step: 'triggered', sentence, refs: [ref(trigger.kind, trigger.id)] }
}

function blank(beginning: Beginning, id: string, number: number, nowMs: number): Release {
  const { policy, trigger, parameters, learns } = beginning
  const { model, endpoint } = policy.spec
  return {
    id,
    policy: policy.name,
    number,
    model,
    endpoint,
    state: 'triggered',
    trigger,
    parameters,
    spec: policy.spec,
    suppressed: false,
    pipelineRunId: null,
    versionId: null,
    version: null,
    gate: null,
    approvalId: null,
    rolloutId: null,
    deploymentId: null,
    timeline: [],
    outcome: null,
    sentence: '',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endedAtMs: null,
    ...learns,
  }
}
