import type { Api } from '@millrace/ui/data'
import type { Sentence, State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'

export interface MonitorView {
  name: string
  endpoint: string
  state: State
  /** "2 of 14 features drifted". */
  verdict: string
  reference: { name: string; to: string }
  thread: readonly ThreadStop[]
  /** The windows shown, oldest first; event time. */
  windows: readonly { id: string; fromMs: number; toMs: number; rows: number; coverage: number; quarantined: boolean }[]
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
  estimated: readonly (number | null)[] | null
  limit: { value: number; label: string } | null
  completeUntilMs: number | null
  coverage: number
  marks: readonly { at: number; label: string }[]
}

export interface IncidentView {
  id: string
  number: number | null
  title: string
  says: string
  state: 'open' | 'mitigated' | 'resolved' | 'reviewed'
  severity: 'warning' | 'critical'
  facts: readonly string[]
  timeline: readonly { atMs: number | null; state: State; says: Sentence; more?: string }[]
}

export const monitorTopics = ['monitoring', 'model-serving.rollout', 'delivery.release'] as const

export function loadMonitor(
  api: Api,
  monitor: string,
  range: string,
  feature: string,
  signal: AbortSignal,
): Promise<MonitorView> {
  return api.get<MonitorView>(`views/monitors/${encodeURIComponent(monitor)}`, {
    query: { range, feature: feature === '' ? undefined : feature },
    signal,
  })
}

export function actOnIncident(
  api: Api,
  act: { incident: string; verb: 'mitigate' | 'resolve' | 'review'; note: string },
): Promise<unknown> {
  return api.post<unknown>(`incidents/${act.incident}/${act.verb}`, { note: act.note })
}
