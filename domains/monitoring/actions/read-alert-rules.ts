import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/monitoring-store.ts'
import type { StoredRule } from '../store/rule-rows.ts'

const { problem } = contract

/** A rule by name. Throws `monitoring/rule-not-found`. */
export const readAlertRule = query(contract.readAlertRule, async ({ store, input }) => {
  const found = await store.rules.find(input.name)
  if (found === undefined) throw problem['rule-not-found']({ name: input.name })
  return shownRule(found)
})

export const listAlertRules = query(contract.listAlertRules, async ({ store, input }) => {
  const rows = await store.rules.list(input.limit, input.pageToken, input.monitor)
  return pageOf(rows, input.limit, (row) => [row.name], shownRule)
})

/** A rule as the API shows it. */
export function shownRule({ settledUntilMs: _settled, ...rule }: StoredRule): contract.AlertRule {
  return rule
}
