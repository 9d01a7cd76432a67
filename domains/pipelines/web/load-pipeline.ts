import type { Pipeline, PipelineRun } from '@millrace/pipelines/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { GraphEdge, GraphNode } from '@millrace/ui/graph'
import type { z } from 'zod'

export interface PipelineView {
  name: string
  description: string
  version: number
  module: string
  triggers: readonly string[]
  graph: { nodes: readonly GraphNode[]; edges: readonly GraphEdge[] }
  /** Newest first. */
  runs: readonly PipelineRun[]
}

export async function loadPipeline(api: Api, name: string, signal: AbortSignal): Promise<PipelineView> {
  const at = `pipelines/${encodeURIComponent(name)}`
  const [pipeline, runs] = await Promise.all([
    api.get<z.infer<typeof Pipeline>>(at, { signal }),
    api.get<{ items: readonly PipelineRun[] }>(`${at}/runs`, { query: { limit: 50 }, signal }),
  ])
  const { graph, module, triggers } = pipeline.spec
  return {
    name: pipeline.name,
    description: pipeline.description,
    version: pipeline.version,
    module: module.split('/').at(-1) ?? module,
    triggers: triggers.map((trigger) => trigger.event),
    graph: {
      nodes: graph.steps.map((step) => ({
        id: step.name,
        name: step.name,
        icon: 'pipeline',
        fact: Object.keys(step.outputs).join(', ') || 'no outputs',
      })),
      edges: graph.steps.flatMap((step) => causesOf(step).map((from) => ({ from, to: step.name }))),
    },
    runs: runs.items,
  }
}

/** The steps that a step waits for: those it names and those whose outputs it takes. */
function causesOf(step: z.infer<typeof Pipeline>['spec']['graph']['steps'][number]): string[] {
  const taken = Object.values(step.inputs).flatMap(({ source }) => (source.from === 'step' ? [source.step] : []))
  return [...new Set([...step.after, ...taken])]
}

/** Starts a run with the defaults of its parameters. */
export function startRun(api: Api, pipeline: string): Promise<PipelineRun> {
  return api.post<PipelineRun>(`pipelines/${encodeURIComponent(pipeline)}/runs`, {})
}

/** One page of a step's log. */
export interface StepLog {
  attempt: number
  lines: readonly { atMs: number; stream: 'out' | 'err' | 'system'; text: string }[]
  ended: boolean
}

/** The log of a step's newest attempt; null where it has none, because it waits or was taken from the cache. */
export function loadStepLog(api: Api, run: string, step: string, signal: AbortSignal): Promise<StepLog | null> {
  return orNull(api.get<StepLog>(`pipeline-runs/${run}/steps/${encodeURIComponent(step)}/logs`, { signal }))
}
