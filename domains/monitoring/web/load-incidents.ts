import type { Api } from '@millrace/ui/data'
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

export function loadIncidents(api: Api, signal: AbortSignal): Promise<{ items: readonly IncidentRow[] }> {
  return api.get<{ items: readonly IncidentRow[] }>('views/incidents', { signal })
}

export function loadIncident(
  api: Api,
  incident: string,
  signal: AbortSignal,
): Promise<IncidentView & { monitor: string }> {
  return api.get<IncidentView & { monitor: string }>(`views/incidents/${incident}`, { signal })
}
