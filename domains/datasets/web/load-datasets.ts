import type { Dataset } from '@millrace/datasets/contract'
import type { Api } from '@millrace/ui/data'

export const datasetsTopics = ['datasets'] as const

export function loadDatasets(api: Api, signal: AbortSignal): Promise<{ items: readonly Dataset[] }> {
  return api.get<{ items: readonly Dataset[] }>('datasets', { query: { limit: 500 }, signal })
}
