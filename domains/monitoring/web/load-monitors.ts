import type { AlertRule, Monitor, MonitorWindow } from '@millrace/monitoring/contract'
import type { Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'
import { figureOf, watchedFigure } from './performance.ts'

export interface MonitorRow {
  name: string
  endpoint: string
  state: State
  status: string
  drifted: { features: number; of: number } | null
  quality: readonly (number | null)[]
  qualityName: string
  coverage: number | null
  lastWindowToMs: number | null
}

export const monitorsTopics = ['monitoring'] as const

const SHOWN = 30
const words = {
  no_data: { state: 'wait', status: 'No data yet' },
  ok: { state: 'ok', status: 'Well' },
  pending: { state: 'warn', status: 'Watching' },
  firing: { state: 'bad', status: 'Firing' },
} as const

interface Items<Item> {
  items: readonly Item[]
}

export async function loadMonitors(api: Api, signal: AbortSignal): Promise<{ items: readonly MonitorRow[] }> {
  const [monitors, rules] = await Promise.all([
    api.get<Items<Monitor>>('monitors', { query: { limit: 200 }, signal }),
    api.get<Items<AlertRule>>('alert-rules', { query: { limit: 500 }, signal }),
  ])
  const windows = await Promise.all(
    monitors.items.map((monitor) =>
      api.get<Items<MonitorWindow>>(`monitors/${encodeURIComponent(monitor.name)}/windows`, {
        query: { limit: SHOWN },
        signal,
      }),
    ),
  )
  return {
    items: monitors.items.map((monitor, at) =>
      monitorRow(
        monitor,
        windows[at]?.items ?? [],
        rules.items.filter((rule) => rule.monitor === monitor.name),
      ),
    ),
  }
}

/** How a monitor's state looks and reads. */
export function monitorStatus(state: Monitor['state']): { state: State; status: string } {
  return words[state]
}

/** A monitor as one row; its windows newest first. */
export function monitorRow(
  monitor: Monitor,
  windows: readonly MonitorWindow[],
  rules: readonly AlertRule[],
): MonitorRow {
  const figure = watchedFigure(rules)
  const last = windows[0]
  return {
    name: monitor.name,
    endpoint: monitor.endpoint,
    ...monitorStatus(monitor.state),
    drifted:
      last === undefined ? null : { features: last.drift.filter((each) => each.drifted).length, of: last.drift.length },
    quality: windows.toReversed().map((window) => figureOf(window, figure)),
    qualityName: figure,
    coverage: last?.coverage ?? null,
    lastWindowToMs: last?.toMs ?? null,
  }
}
