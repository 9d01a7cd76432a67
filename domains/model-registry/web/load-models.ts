import type { Api } from '@millrace/ui/data'

export interface ModelRow {
  name: string
  description: string
  tier: 'low' | 'high'
  latestVersion: number | null
  aliases: readonly { alias: string; version: number }[]
  /** The champion's measure, as the policy names it. */
  quality: { metric: string; value: number } | null
  changedAtMs: number
}

export const modelsTopics = ['model-registry'] as const

export function loadModels(api: Api, signal: AbortSignal): Promise<{ items: readonly ModelRow[] }> {
  return api.get<{ items: readonly ModelRow[] }>('views/models', { signal })
}
