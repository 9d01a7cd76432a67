import type { Api } from '@millrace/ui/data'
import type { ForestRow } from '@millrace/ui/charts'
import type { GraphEdge, GraphNode } from '@millrace/ui/graph'
import type { Sentence, Stage, State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'

export interface ModelView {
  name: string
  description: string
  tier: 'low' | 'high'
  owner: string | null
  /** "models:/flight-delay@champion". */
  reference: string
  aliases: readonly { alias: string; stage: Stage; version: number; says: string }[]
  /** The measures shown as columns, the judged one first. */
  measures: readonly { name: string; higherIsBetter: boolean }[]
  versions: readonly VersionRow[]
  chosen: VersionDetail | null
}

export interface VersionRow {
  version: number
  aliases: readonly { alias: string; stage: Stage }[]
  /** What became of it when it has no alias: "rolled back", "rejected". */
  fate: string | null
  evidence: { passed: number; total: number; state: State } | null
  measures: Readonly<Record<string, number>>
  sizeBytes: number
  run: { name: string; to: string; slot: number } | null
  data: { name: string; to: string } | null
  createdAtMs: number
}

export interface VersionDetail {
  id: string
  version: number
  digest: string
  thread: readonly ThreadStop[]
  /** The policy and what it found. */
  policy: string | null
  checks: readonly { name: string; state: State; found: string; atMs: number | null }[]
  comparison: {
    with: number
    metric: string
    higherIsBetter: boolean
    rows: readonly ForestRow[]
    sentence: string
  } | null
  approvals: {
    given: number
    required: number
    state: State
    decisions: readonly {
      by: string
      role: string
      verdict: 'approved' | 'rejected' | 'may decide' | 'cannot approve'
      says: string
    }[]
  } | null
  next: { tone: 'warn' | 'ok' | 'bad'; title: string; says: string; to: string | null; act: string | null } | null
  card: {
    measured: number
    total: number
    figures: readonly { label: string; value: string; evidence: string | null }[]
  } | null
  signature: {
    inputs: readonly { name: string; type: string }[]
    outputs: readonly { name: string; type: string }[]
  } | null
  graph: { nodes: readonly GraphNode[]; edges: readonly GraphEdge[]; links: Readonly<Record<string, string>> }
  notes: Sentence
}

export const modelTopics = ['model-registry', 'governance', 'model-serving.rollout'] as const

export function loadModel(api: Api, model: string, version: string, signal: AbortSignal): Promise<ModelView> {
  return api.get<ModelView>(`views/models/${encodeURIComponent(model)}`, {
    query: { version: version === '' ? undefined : version },
    signal,
  })
}
