import { loadThread } from '@millrace/lineage/web'
import type { Alert, Incident } from '@millrace/monitoring/contract'
import type { Api } from '@millrace/ui/data'
import type { ThreadStop } from '@millrace/ui/shell'
import { incidentView } from './incident-view.ts'
import type { IncidentView } from './load-monitor.ts'

export interface IncidentRow {
  id: string
  title: string
  class: string
  severity: 'warning' | 'critical'
  state: IncidentView['state']
  monitor: string
  openedAtMs: number
}

export const incidentsTopics = ['monitoring.incident', 'monitoring.alert'] as const

const order = { open: 0, mitigated: 1, resolved: 2, reviewed: 3 } as const

/** All incidents, those that are open first. */
export async function loadIncidents(api: Api, signal: AbortSignal): Promise<{ items: readonly IncidentRow[] }> {
  const { items } = await api.get<{ items: readonly Incident[] }>('incidents', { query: { limit: 200 }, signal })
  return { items: items.toSorted((a, b) => order[a.state] - order[b.state] || b.openedAtMs - a.openedAtMs) }
}

export async function loadIncident(
  api: Api,
  id: string,
  signal: AbortSignal,
): Promise<IncidentView & { monitor: string; thread: readonly ThreadStop[] }> {
  const [incident, thread] = await Promise.all([
    api.get<Incident>(`incidents/${encodeURIComponent(id)}`, { signal }),
    loadThread(api, 'incident', id, signal),
  ])
  const alerts = await Promise.all(
    incident.alertIds.slice(0, 10).map((alert) => api.get<Alert>(`alerts/${alert}`, { signal })),
  )
  return { ...incidentView(incident, alerts), monitor: incident.monitor, thread }
}
