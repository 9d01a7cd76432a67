import type { Pipeline, PipelineRun } from '@millrace/pipelines/contract'
import type { Api } from '@millrace/ui/data'
import type { z } from 'zod'

export interface PipelineRow {
  name: string
  description: string
  version: number
  runs: number
  last: PipelineRun | null
}

export const pipelinesTopics = ['pipelines'] as const

type PipelineHead = Omit<z.infer<typeof Pipeline>, 'spec'>

export async function loadPipelines(api: Api, signal: AbortSignal): Promise<{ items: readonly PipelineRow[] }> {
  const [pipelines, runs] = await Promise.all([
    api.get<{ items: readonly PipelineHead[] }>('pipelines', { query: { limit: 200 }, signal }),
    api.get<{ items: readonly PipelineRun[] }>('pipeline-runs', { query: { limit: 200 }, signal }),
  ])
  return {
    items: pipelines.items.map((pipeline) => ({
      name: pipeline.name,
      description: pipeline.description,
      version: pipeline.version,
      runs: pipeline.runs,
      last: runs.items.find((run) => run.pipeline === pipeline.name) ?? null,
    })),
  }
}
