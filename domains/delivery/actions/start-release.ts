import type { Actor } from '@millrace/kernel'
import type { ReleaseTrigger } from '../contract.ts'
import * as contract from '../contract.ts'
import { considerTrigger as consider } from '../model/consider-trigger.ts'
import { fillParameters } from '../model/parameters.ts'
import type { DeliveryStore } from '../store/delivery-store.ts'
import { action } from '../store/delivery-store.ts'
import type { Neighbours, Reach } from './neighbours.ts'
import { addRelease } from './new-release.ts'

const { problem } = contract

/** Makes the action by which a person starts a release. What would only be noted for an event is refused to a person. */
export const startRelease = (neighbours: Neighbours) =>
  action(contract.startRelease, async (context) => {
    const { store, input, actor, nowMs } = context
    const policy = await store.policies.find(input.policy)
    if (policy === undefined) throw problem['no-such-policy']({ name: input.policy })
    const trigger = triggerOf(actor, input.reason, nowMs)
    const { model, endpoint } = policy.spec
    if (input.versionId !== undefined) {
      await refuseWhileOpen(store, policy.name)
      const version = await versionOf(neighbours, context, input.versionId, model)
      const learns = { versionId: version.id, version: version.version }
      return addRelease(context, { policy, trigger, parameters: {}, learns })
    }
    const considered = consider(trigger, {
      spec: { ...policy.spec, cooldownMs: 0 },
      open: await store.releases.openOf(policy.name),
      last: undefined,
      incidents: await neighbours.openIncidents(context, endpoint),
      nowMs,
    })
    if (considered.kind === 'note') await refuseWhileOpen(store, policy.name)
    if (considered.kind === 'suppress') {
      const { title, id } = considered.incident
      throw problem['incident-open']({ title, id })
    }
    const { filled, missing } = fillParameters({ ...policy.spec.parameters, ...input.parameters }, trigger)
    if (missing !== undefined) throw problem['missing-value']({ ...missing, trigger: 'a release by hand' })
    return addRelease(context, { policy, trigger, parameters: filled })
  })

/** A policy runs one release at a time. Throws `release-open`. */
export async function refuseWhileOpen(store: DeliveryStore, policy: string): Promise<void> {
  const open = await store.releases.openOf(policy)
  if (open !== undefined) throw problem['release-open']({ policy, id: open.id, state: open.state })
}

/** A version of the release's model. Throws `other-model` and the registry's not-found. */
export async function versionOf(neighbours: Neighbours, reach: Reach, versionId: string, wanted: string) {
  const version = await neighbours.readVersion(reach, versionId)
  if (version.model !== wanted) {
    throw problem['other-model']({ version: version.id, model: version.model, wanted })
  }
  return version
}

function triggerOf({ id, name }: Actor, reason: string, atMs: number): ReleaseTrigger {
  return { kind: 'person', id, reason, event: null, by: { id, name }, atMs, values: {} }
}
