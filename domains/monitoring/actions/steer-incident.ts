import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { IncidentVerb } from '../model/incident.ts'
import { statesFor, steer } from '../model/incident.ts'
import { action } from '../store/monitoring-store.ts'

const { problem } = contract

function steering(endpoint: typeof contract.mitigateIncident, verb: IncidentVerb) {
  return action(endpoint, async ({ store, input, nowMs, actor }) => {
    const before = await store.incidents.find(input.id)
    if (before === undefined) throw problem['incident-not-found']({ id: input.id })
    const allowed = statesFor(verb)
    if (!allowed.includes(before.state)) {
      throw problem['incident-state']({ id: before.id, state: before.state, allowed: allowed.join(' or ') })
    }
    const after = steer(before, verb, { note: input.note, by: actor.name, atMs: nowMs })
    await store.incidents.save(after)
    const { id, class: kind, monitor, endpoint } = after
    const payload = { id, class: kind, monitor, endpoint }
    const events = {
      mitigate: [contract.incidentMitigated(payload)],
      resolve: [contract.incidentResolved(payload)],
      review: [],
    }
    return {
      answer: after,
      events: events[verb],
      audit: { object: ref('incident', id), before, after, reason: input.note },
    }
  })
}

/** The harm has stopped: open → mitigated. */
export const mitigateIncident = steering(contract.mitigateIncident, 'mitigate')
/** Its cause is known and gone: open or mitigated → resolved. */
export const resolveIncident = steering(contract.resolveIncident, 'resolve')
/** What was learnt: resolved → reviewed. */
export const reviewIncident = steering(contract.reviewIncident, 'review')
