import type { LineageGraph } from '@millrace/lineage/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { GraphEdge, GraphNode } from '@millrace/ui/graph'
import { bridged } from './bridged.ts'
import { lineageView } from './load-lineage.ts'

/** A small graph for another page: nodes, edges, and where each node leads. */
export interface Neighbours {
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
  links: Readonly<Record<string, string>>
}

const MOST_NODES = 24
// Steps and their jobs are told on the pipeline's page; here they would bury what matters.
const beside: ReadonlySet<string> = new Set([
  'step',
  'step-attempt',
  'job',
  'trial',
  'window',
  'prediction',
  'model-card',
])

/** What lies around a thing within `depth` steps, for a small drawing on its own page. */
export async function loadNeighbours(
  api: Api,
  kind: string,
  id: string,
  depth: number,
  signal: AbortSignal,
): Promise<Neighbours> {
  const graph = await orNull(
    api.get<LineageGraph>(`lineage/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`, {
      query: { depth, limit: 200 },
      signal,
    }),
  )
  if (graph === null) return { nodes: [], edges: [], links: {} }
  const view = lineageView(graph, '')
  const nodes = view.nodes.filter((node) => !beside.has(node.kind)).slice(0, MOST_NODES)
  const shown = new Set(nodes.map((node) => node.id))
  return {
    nodes,
    // Without their labels, for which a small drawing has no room.
    edges: bridged(view.edges, shown).map(({ from, to, tone }) =>
      tone === undefined ? { from, to } : { from, to, tone },
    ),
    links: Object.fromEntries(nodes.flatMap((node) => (node.to === null ? [] : [[node.id, node.to]]))),
  }
}
