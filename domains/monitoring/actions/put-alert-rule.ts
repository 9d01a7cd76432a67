import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { hasLimit } from '../model/alert-rule.ts'
import { action } from '../store/monitoring-store.ts'
import { shownRule } from './read-alert-rules.ts'

const { problem } = contract

/** Declares a rule; it judges windows from the next measurement on. Throws `monitoring/monitor-not-found`, `monitoring/no-limit`. */
export const putAlertRule = action(contract.putAlertRule, async ({ store, input, nowMs, newId }) => {
  const { name, ...spec } = input
  if (!hasLimit(spec)) throw problem['no-limit']({ metric: spec.metric })
  if ((await store.monitors.find(spec.monitor)) === undefined) {
    throw problem['monitor-not-found']({ name: spec.monitor })
  }
  const before = await store.rules.find(name)
  const object = ref('alert-rule', name)
  if (before === undefined) {
    const made: contract.AlertRule = {
      id: newId('rule') as contract.AlertRule['id'], // newId makes it of this kind
      name,
      monitor: spec.monitor,
      silencedUntilMs: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      spec,
    }
    await store.rules.insert(made)
    return { answer: made, audit: { object, after: spec } }
  }
  if (canonicalJson(before.spec) === canonicalJson(spec)) return { answer: shownRule(before), audit: 'unchanged' }
  await store.rules.saveSpec(name, spec, nowMs)
  await store.verdicts.forget(name)
  const after = { ...shownRule(before), monitor: spec.monitor, spec, updatedAtMs: nowMs }
  return { answer: after, audit: { object, before: before.spec, after: spec } }
})
