import type { Release, ReleasePolicySpec, ReleaseTrigger } from '../contract.ts'

/** An incident that is not resolved, at the endpoint of the policy. */
export interface OpenIncident {
  readonly id: string
  readonly title: string
  readonly class: string
}

/** What a policy does about a trigger. */
export type Consideration =
  | { readonly kind: 'start' }
  | { readonly kind: 'suppress'; readonly sentence: string; readonly incident: OpenIncident }
  | { readonly kind: 'note'; readonly release: Release; readonly sentence: string }

/** What is known when a trigger comes. `last` is the newest release that ended and was not suppressed. */
export interface Situation {
  readonly spec: ReleasePolicySpec
  readonly open: Release | undefined
  readonly last: Release | undefined
  readonly incidents: readonly OpenIncident[]
  readonly nowMs: number
}

/**
 * One release at a time: while one is open, a further trigger is a note in it. Nothing is trained on data that an open
 * incident says is broken. After an end there is peace for the policy's cool-down.
 */
export function considerTrigger(
  trigger: Pick<ReleaseTrigger, 'reason' | 'kind' | 'id'>,
  now: Situation,
): Consideration {
  const what = trigger.reason ?? `${trigger.kind} ${trigger.id}`
  if (now.open !== undefined) {
    return { kind: 'note', release: now.open, sentence: `Triggered again while this release is open: ${what}` }
  }
  const incident = now.incidents.find((found) => (now.spec.notWhileIncident as readonly string[]).includes(found.class)) // classes are texts here
  if (incident !== undefined) {
    const sentence = `Not trained: the incident "${incident.title}" (${incident.class.replaceAll('_', ' ')}) is open, so the data may be broken. Trigger: ${what}`
    return { kind: 'suppress', sentence, incident }
  }
  const quietUntilMs = (now.last?.endedAtMs ?? Number.NEGATIVE_INFINITY) + now.spec.cooldownMs
  if (now.last !== undefined && now.nowMs < quietUntilMs) {
    const until = new Date(quietUntilMs).toISOString()
    return {
      kind: 'note',
      release: now.last,
      sentence: `Triggered again within the cool-down, which ends at ${until}: ${what}`,
    }
  }
  return { kind: 'start' }
}
