import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { MonitoringStore } from '../store/monitoring-store.ts'
import { action } from '../store/monitoring-store.ts'
import { alertPayload, settleIncident } from './raise-alerts.ts'

const { problem } = contract

/** Says that somebody looks at a firing alert; the same person again changes nothing. */
export const acknowledgeAlert = action(contract.acknowledgeAlert, async ({ store, input, actor }) => {
  const alert = await unresolved(store, input.id, 'acknowledged')
  if (alert.state === 'pending') throw problem['not-firing']({ id: alert.id, state: alert.state, verb: 'acknowledged' })
  if (alert.acknowledgedBy === actor.name) return { answer: alert, audit: 'unchanged' }
  const after = { ...alert, state: 'acknowledged' as const, acknowledgedBy: actor.name }
  await store.alerts.save(after)
  return { answer: after, audit: { object: ref('alert', alert.id), before: alert, after, ...reasonOf(input) } }
})

/** Closes an alert. Windows up to its last one are dealt with: only later ones raise the rule's next alert. */
export const resolveAlert = action(contract.resolveAlert, async ({ store, input, nowMs, actor }) => {
  const alert = await unresolved(store, input.id, 'resolved')
  const after = { ...alert, state: 'resolved' as const, resolvedAtMs: nowMs, resolvedBy: actor.name }
  await store.alerts.save(after)
  const [newest] = await store.verdicts.newestFirst(alert.rule)
  await store.rules.settle(alert.rule, Math.max(alert.windowFromMs, newest?.fromMs ?? alert.windowFromMs))
  const events = await settleIncident({ store, nowMs, by: actor.name }, after)
  return {
    answer: after,
    events: [contract.alertResolved(alertPayload(after)), ...events],
    audit: { object: ref('alert', alert.id), before: alert, after, ...reasonOf(input) },
  }
})

/** Keeps an alert and its rule quiet until `nowMs + forMs`. */
export const silenceAlert = action(contract.silenceAlert, async ({ store, input, nowMs }) => {
  const alert = await unresolved(store, input.id, 'silenced')
  const after = { ...alert, silenced: true }
  await store.alerts.save(after)
  await store.rules.silence(alert.rule, nowMs + input.forMs)
  return { answer: after, audit: { object: ref('alert', alert.id), before: alert, after, ...reasonOf(input) } }
})

async function unresolved(store: MonitoringStore, id: string, verb: string): Promise<contract.Alert> {
  const alert = await store.alerts.find(id)
  if (alert === undefined) throw problem['alert-not-found']({ id })
  if (alert.state === 'resolved') throw problem['not-firing']({ id, state: alert.state, verb })
  return alert
}

function reasonOf({ reason }: { reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason }
}
