import type { Alert, Incident } from '@millrace/monitoring/contract'
import type { State } from '@millrace/ui/parts'
import type { IncidentView } from './load-monitor.ts'

const states: Readonly<Record<Incident['timeline'][number]['kind'], State>> = {
  opened: 'bad',
  alert_fired: 'bad',
  alert_resolved: 'ok',
  mitigated: 'warn',
  reopened: 'bad',
  resolved: 'ok',
  reviewed: 'ok',
}

/** An incident as it is told; `alerts` are those known of its own. */
export function incidentView(incident: Incident, alerts: readonly Alert[]): IncidentView {
  const own = alerts.filter((alert) => incident.alertIds.includes(alert.id))
  return {
    id: incident.id,
    title: incident.title,
    says: own[0]?.sentence ?? '',
    state: incident.state,
    severity: incident.severity,
    facts: [
      incident.class.replaceAll('_', ' '),
      incident.severity,
      `${incident.alertIds.length} ${incident.alertIds.length === 1 ? 'alert' : 'alerts'}`,
    ],
    timeline: incident.timeline.map((entry) => ({
      atMs: entry.atMs,
      state: states[entry.kind],
      says: [entry.text],
      more: `${entry.kind.replaceAll('_', ' ')}, ${entry.by}`,
    })),
  }
}
