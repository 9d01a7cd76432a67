import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/monitoring-store.ts'
import { showMonitor } from './show-monitor.ts'

const { problem } = contract

/** A monitor by name. Throws `monitoring/monitor-not-found`. */
export const readMonitor = query(contract.readMonitor, async ({ store, input }) => {
  const found = await store.monitors.find(input.name)
  if (found === undefined) throw problem['monitor-not-found']({ name: input.name })
  return showMonitor(store, found)
})

export const listMonitors = query(contract.listMonitors, async ({ store, input }) => {
  const found = await store.monitors.list(input.limit, input.pageToken)
  const shown = await Promise.all(found.map((monitor) => showMonitor(store, monitor)))
  return pageOf(
    shown,
    input.limit,
    (row) => [row.name],
    (row) => row,
  )
})
