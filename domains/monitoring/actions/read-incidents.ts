import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/monitoring-store.ts'

const { problem } = contract

/** Incidents, newest first. */
export const listIncidents = query(contract.listIncidents, async ({ store, input }) => {
  const rows = await store.incidents.list(input)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.id],
    (row) => row,
  )
})

/** One incident. Throws `monitoring/incident-not-found`. */
export const readIncident = query(contract.readIncident, async ({ store, input }) => {
  const found = await store.incidents.find(input.id)
  if (found === undefined) throw problem['incident-not-found']({ id: input.id })
  return found
})
