import type { Api } from '@millrace/ui/data'
import type { GraphEdge, GraphNode } from '@millrace/ui/graph'
import type { Sentence, State } from '@millrace/ui/parts'

export interface LineageNode extends GraphNode {
  kind: string
  /** What the kind is called: "Dataset version". */
  kindName: string
  /** Group of kinds for the filter: Data, Code, Runs … */
  group: string
  to: string | null
}

export interface LineageView {
  root: string
  nodes: readonly LineageNode[]
  edges: readonly GraphEdge[]
  /** There is more than was fetched. */
  truncated: boolean
  /** The chosen node in detail. */
  detail: {
    id: string
    kindName: string
    title: string
    to: string | null
    facts: readonly (readonly [name: string, value: Sentence])[]
    /** Where it comes from, nearest first. */
    chain: readonly { kindName: string; id: string; name: string; fact: string; to: string | null }[]
    proof: readonly { state: State; says: string }[]
  } | null
}

export const lineageTopics = ['lineage'] as const

export interface LineageAsk {
  kind: string
  id: string
  direction: string
  depth: string
  at: string
}

export function loadLineage(api: Api, ask: LineageAsk, signal: AbortSignal): Promise<LineageView> {
  return api.get<LineageView>(`views/lineage/${ask.kind}/${encodeURIComponent(ask.id)}`, {
    query: {
      direction: ask.direction,
      depth: ask.depth === 'all' ? undefined : ask.depth,
      at: ask.at === '' ? undefined : ask.at,
    },
    signal,
  })
}
