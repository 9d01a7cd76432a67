import { canonicalJson, pageOf, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { requireEvents } from '../model/event-names.ts'
import type { CollaborationStore } from '../store/collaboration.ts'
import { action, query } from '../store/collaboration.ts'
import { findChannel } from './channels.ts'

async function findRule(store: Pick<CollaborationStore, 'rules'>, name: string): Promise<contract.Rule> {
  const found = await store.rules.find(name)
  if (found === undefined) throw contract.problem['rule-not-found']({ name })
  return found
}

/** Makes or changes a rule; the same again changes nothing. Throws `channel-not-found`, `unknown-event`. */
export const putRule = action(contract.putRule, async ({ store, input, actor, nowMs }) => {
  const { name, ...spec } = input
  requireEvents(spec.on, ['run.finished', 'run.failed', 'run.stalled'])
  for (const channel of spec.channels) await findChannel(store, channel)
  const before = await store.rules.find(name)
  if (before !== undefined && canonicalJson(before.spec) === canonicalJson(spec))
    return { answer: before, audit: 'unchanged' }
  const made = { createdAtMs: before?.createdAtMs ?? nowMs, createdBy: before?.createdBy ?? actor.name }
  const rule: contract.Rule = { name, spec, ...made, updatedAtMs: nowMs }
  await store.rules.save(rule)
  const was = before === undefined ? {} : { before: before.spec }
  return { answer: rule, audit: { object: ref('notification-rule', name), ...was, after: spec } }
})

export const readRule = query(contract.readRule, ({ store, input }) => findRule(store, input.name))

export const listRules = query(contract.listRules, async ({ store, input }) => {
  const rows = await store.rules.list(input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.name],
    (row) => row,
  )
})

/** Deletes a rule. */
export const deleteRule = action(contract.deleteRule, async ({ store, input }) => {
  const rule = await findRule(store, input.name)
  await store.rules.remove(rule.name)
  return { answer: {}, audit: { object: ref('notification-rule', rule.name), before: rule.spec } }
})
