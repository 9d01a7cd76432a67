import { loadThread } from '@millrace/lineage/web'
import type { Alert, AlertRule, Incident, Monitor, MonitorWindow } from '@millrace/monitoring/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { Sentence, State } from '@millrace/ui/parts'
import { href, type ThreadStop } from '@millrace/ui/shell'
import { driftRows, featureDetail } from './drift.ts'
import { incidentView } from './incident-view.ts'
import { monitorStatus } from './load-monitors.ts'
import { performanceOf } from './performance.ts'
import { checkRows } from './quality.ts'

export interface MonitorView {
  name: string
  endpoint: string
  state: State
  /** "2 of 14 features drifted". */
  verdict: string
  reference: { name: string; to: string }
  thread: readonly ThreadStop[]
  /** The windows shown, oldest first; event time. */
  windows: readonly { id: string; fromMs: number; toMs: number; rows: number; coverage: number }[]
  drift: readonly DriftRow[]
  /** The chosen feature, reference against the last window. */
  feature: FeatureDetail | null
  performance: PerformanceView | null
  checks: readonly { name: string; state: State; found: string; values: readonly (number | null)[] }[]
  incident: IncidentView | null
  /** Said where no incident is open. */
  calm: string
}

export interface DriftRow {
  feature: string
  test: string
  now: number | null
  limit: number
  /** One value a window, null without data. */
  values: readonly (number | null)[]
  output: boolean
  state: State
}

export interface FeatureDetail {
  name: string
  labels: readonly string[]
  reference: readonly number[]
  current: readonly number[]
  flagged: Readonly<Record<string, string>>
  currentLabel: string
  says: string
}

export interface PerformanceView {
  metric: string
  atMs: readonly number[]
  joined: readonly (number | null)[]
  low: readonly (number | null)[]
  high: readonly (number | null)[]
  limit: { value: number; label: string } | null
  completeUntilMs: number | null
  coverage: number
  marks: readonly { at: number; label: string }[]
}

export interface IncidentView {
  id: string
  title: string
  says: string
  state: 'open' | 'mitigated' | 'resolved' | 'reviewed'
  severity: 'warning' | 'critical'
  facts: readonly string[]
  timeline: readonly { atMs: number | null; state: State; says: Sentence; more?: string }[]
}

export const monitorTopics = ['monitoring', 'model-serving.rollout'] as const

interface Items<Item> {
  items: readonly Item[]
}

/** Fetches a monitor with its newest windows (`range` many); `feature` empty: the one furthest over its limit. */
export async function loadMonitor(
  api: Api,
  name: string,
  range: string,
  feature: string,
  signal: AbortSignal,
): Promise<MonitorView> {
  const at = `monitors/${encodeURIComponent(name)}`
  const [monitor, listed, rules, incidents, alerts] = await Promise.all([
    api.get<Monitor>(at, { signal }),
    api.get<Items<MonitorWindow>>(`${at}/windows`, { query: { limit: Number(range) || 14 }, signal }),
    api.get<Items<AlertRule>>('alert-rules', { query: { monitor: name }, signal }),
    api.get<Items<Incident>>('incidents', { query: { monitor: name, limit: 20 }, signal }),
    api.get<Items<Alert>>('alerts', { query: { monitor: name, limit: 50 }, signal }),
  ])
  const windows = listed.items.toReversed()
  const last = windows.at(-1) ?? null
  const [detailed, thread] = await Promise.all([
    last === null ? null : orNull(api.get<MonitorWindow>(`windows/${last.id}`, { signal })),
    last === null ? loadThread(api, 'monitor', monitor.id, signal) : loadThread(api, 'window', last.id, signal),
  ])
  const drift = driftRows(windows, monitor.spec.drift.methods[0] ?? 'psi')
  const chosen = feature === '' ? (drift[0]?.feature ?? '') : feature
  return {
    name: monitor.name,
    endpoint: monitor.endpoint,
    state: stateOf(monitor, last),
    verdict: verdictOf(monitor, last),
    reference: referenceOf(monitor),
    thread,
    windows: windows.map(({ id, fromMs, toMs, rows, coverage }) => ({ id, fromMs, toMs, rows, coverage })),
    drift,
    feature: detailed === null ? null : featureDetail(detailed, chosen),
    performance: performanceOf(windows, rules.items),
    checks: checkRows(windows),
    incident: newest(incidents.items, alerts.items),
    calm: 'No incident so far. An alert that fires opens one.',
  }
}

/** The incident that is open, else the last there was. */
function newest(incidents: readonly Incident[], alerts: readonly Alert[]): IncidentView | null {
  const open = incidents.find((each) => each.state === 'open' || each.state === 'mitigated')
  const incident = open ?? incidents[0]
  return incident === undefined ? null : incidentView(incident, alerts)
}

function stateOf(monitor: Monitor, last: MonitorWindow | null): State {
  const { state } = monitorStatus(monitor.state)
  const off = last !== null && (last.drift.some((each) => each.drifted) || last.quality.some((check) => !check.ok))
  return state === 'ok' && off ? 'warn' : state
}

function verdictOf(monitor: Monitor, last: MonitorWindow | null): string {
  if (last === null) return monitorStatus(monitor.state).status
  const drifted = last.drift.filter((each) => each.drifted).length
  const failed = last.quality.filter((check) => !check.ok).length
  const parts = [
    drifted === 0 ? '' : `${drifted} of ${last.drift.length} drifted`,
    failed === 0 ? '' : `${failed} ${failed === 1 ? 'check fails' : 'checks fail'}`,
  ].filter(Boolean)
  return parts.length === 0 ? monitorStatus(monitor.state).status : parts.join(', ')
}

function referenceOf({ reference }: Monitor): MonitorView['reference'] {
  return {
    name: `${reference.dataset}@${reference.version}`,
    to: href('datasets', reference.dataset, 'versions', reference.version),
  }
}

export function actOnIncident(
  api: Api,
  act: { incident: string; verb: 'mitigate' | 'resolve' | 'review'; note: string },
): Promise<unknown> {
  return api.post<unknown>(`incidents/${act.incident}/${act.verb}`, { note: act.note })
}
