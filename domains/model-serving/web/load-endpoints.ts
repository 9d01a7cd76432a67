import type { Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'

export interface EndpointRow {
  name: string
  model: string
  versions: readonly { name: string; role: 'champion' | 'canary' | 'shadow'; share: number }[]
  state: State
  status: string
  requestsPerSecond: number | null
  latencyP95Ms: number | null
  errorShare: number | null
  predictions: number
}

export const endpointsTopics = ['model-serving'] as const

export function loadEndpoints(api: Api, signal: AbortSignal): Promise<{ items: readonly EndpointRow[] }> {
  return api.get<{ items: readonly EndpointRow[] }>('views/endpoints', { signal })
}
