import type { RegisteredModel } from '@millrace/model-registry/contract'
import type { Api } from '@millrace/ui/data'

export interface ModelRow {
  name: string
  description: string
  tier: 'low' | 'high'
  latestVersion: number | null
  aliases: readonly { alias: string; version: number }[]
  changedAtMs: number
}

export const modelsTopics = ['model-registry'] as const

export async function loadModels(api: Api, signal: AbortSignal): Promise<{ items: readonly ModelRow[] }> {
  const { items } = await api.get<{ items: readonly RegisteredModel[] }>('models', { query: { limit: 500 }, signal })
  return {
    items: items.map((model) => ({
      name: model.name,
      description: model.description,
      tier: model.riskTier,
      latestVersion: model.latestVersion,
      aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version })),
      changedAtMs: model.updatedAtMs,
    })),
  }
}
