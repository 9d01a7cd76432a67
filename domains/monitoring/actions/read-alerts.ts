import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/monitoring-store.ts'

const { problem } = contract

/** Alerts, newest first. */
export const listAlerts = query(contract.listAlerts, async ({ store, input }) => {
  const rows = await store.alerts.list(input)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.id],
    (row) => row,
  )
})

/** One alert. Throws `monitoring/alert-not-found`. */
export const readAlert = query(contract.readAlert, async ({ store, input }) => {
  const found = await store.alerts.find(input.id)
  if (found === undefined) throw problem['alert-not-found']({ id: input.id })
  return found
})
