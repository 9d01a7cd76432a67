import { loadThread } from '@millrace/lineage/web'
import type { PipelineRun } from '@millrace/pipelines/contract'
import type { Api } from '@millrace/ui/data'
import type { ThreadStop } from '@millrace/ui/shell'

export interface PipelineRunView {
  run: PipelineRun
  thread: readonly ThreadStop[]
}

export const runTopics = ['pipelines.run', 'pipelines.step'] as const

export async function loadPipelineRun(api: Api, id: string, signal: AbortSignal): Promise<PipelineRunView> {
  const [run, thread] = await Promise.all([
    api.get<PipelineRun>(`pipeline-runs/${encodeURIComponent(id)}`, { signal }),
    loadThread(api, 'pipeline-run', id, signal),
  ])
  return { run, thread }
}

export function cancelRun(api: Api, act: { run: string; reason: string }): Promise<unknown> {
  return api.post<unknown>(`pipeline-runs/${act.run}/cancel`, act.reason === '' ? {} : { reason: act.reason })
}
