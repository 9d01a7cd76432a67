import type { Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'

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

export function loadMonitors(api: Api, signal: AbortSignal): Promise<{ items: readonly MonitorRow[] }> {
  return api.get<{ items: readonly MonitorRow[] }>('views/monitors', { signal })
}
