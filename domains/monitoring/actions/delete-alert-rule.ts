import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/monitoring-store.ts'
import { alertPayload, settleIncident } from './raise-alerts.ts'

const { problem } = contract

/** Deletes a rule with its verdicts; its unresolved alert is resolved. Throws `monitoring/rule-not-found`. */
export const deleteAlertRule = action(contract.deleteAlertRule, async (context) => {
  const { store, input, nowMs, actor } = context
  const rule = await store.rules.find(input.name)
  if (rule === undefined) throw problem['rule-not-found']({ name: input.name })
  const object = ref('alert-rule', input.name)
  const open = await store.alerts.openOf(input.name)
  await store.verdicts.forget(input.name)
  await store.rules.delete(input.name)
  if (open === undefined) return { answer: {}, audit: { object, before: rule.spec } }
  const resolved = { ...open, state: 'resolved' as const, resolvedAtMs: nowMs, resolvedBy: actor.name }
  await store.alerts.save(resolved)
  const events = await settleIncident({ store, nowMs, by: actor.name }, resolved)
  return {
    answer: {},
    events: [contract.alertResolved(alertPayload(resolved)), ...events],
    audit: [
      { object, before: rule.spec },
      { object: ref('alert', open.id), before: open, after: resolved, reason: 'its rule was deleted' },
    ],
  }
})
