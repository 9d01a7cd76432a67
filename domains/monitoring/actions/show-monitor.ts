import type { Monitor } from '../contract.ts'
import type { StoredMonitor } from '../store/monitor-rows.ts'
import type { MonitoringStore } from '../store/monitoring-store.ts'

/** A monitor as the API shows it: with its last window and the worst of its unresolved alerts. */
export async function showMonitor(store: MonitoringStore, monitor: StoredMonitor): Promise<Monitor> {
  const [last, alerts] = [await store.windows.last(monitor.name), await store.alerts.openOfMonitor(monitor.name)]
  const told = alerts.filter(({ silenced }) => !silenced)
  const { id, name, reference, createdAtMs, updatedAtMs, spec } = monitor
  return {
    id: id as Monitor['id'], // made by this domain, so it has the brand
    name,
    endpoint: spec.endpoint,
    reference,
    state: stateOf(last !== undefined, new Set(told.map(({ state }) => state))),
    lastWindow:
      last === undefined
        ? null
        : { id: last.id, fromMs: last.fromMs, toMs: last.toMs, rows: last.rows, coverage: last.coverage },
    createdAtMs,
    updatedAtMs,
    spec,
  }
}

function stateOf(hasWindows: boolean, states: ReadonlySet<string>): Monitor['state'] {
  if (!hasWindows) return 'no_data'
  if (states.has('firing') || states.has('acknowledged')) return 'firing'
  return states.has('pending') ? 'pending' : 'ok'
}
