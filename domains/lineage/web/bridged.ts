import type { GraphEdge } from '@millrace/ui/graph'

/**
 * The edges between the nodes shown; a way through hidden nodes becomes one edge, so that hiding never cuts a path. Such
 * an edge is left out where another way through shown nodes says the same.
 */
export function bridged(edges: readonly GraphEdge[], shown: ReadonlySet<string>): GraphEdge[] {
  const out = Map.groupBy(edges, (edge) => edge.from)
  const direct = edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to))
  const known = new Set(direct.map(nameOf))
  const bridges = [...shown].flatMap((from) => bridgesFrom(from, out, shown)).filter((edge) => !known.has(nameOf(edge)))
  const next = Map.groupBy([...direct, ...bridges], (edge) => edge.from)
  return [...direct, ...bridges.filter((edge) => !reachedOtherwise(edge, next))]
}

type Edges = ReadonlyMap<string, readonly GraphEdge[]>

function nameOf(edge: GraphEdge): string {
  return `${edge.from} ${edge.to}`
}

function bridgesFrom(from: string, out: Edges, shown: ReadonlySet<string>): GraphEdge[] {
  const seen = new Set<string>([from])
  const ways = (out.get(from) ?? []).filter((edge) => !shown.has(edge.to))
  const found: GraphEdge[] = []
  for (const edge of ways) {
    if (seen.has(edge.to)) continue
    seen.add(edge.to)
    if (shown.has(edge.to)) found.push({ from, to: edge.to, ...(edge.tone === undefined ? {} : { tone: edge.tone }) })
    else ways.push(...(out.get(edge.to) ?? []))
  }
  return found
}

/** Whether there is a way of more than one edge to the same end. */
function reachedOtherwise({ from, to }: GraphEdge, next: Edges): boolean {
  const seen = new Set((next.get(from) ?? []).map((edge) => edge.to).filter((id) => id !== to))
  for (const id of seen) {
    for (const edge of next.get(id) ?? []) {
      if (edge.to === to) return true
      seen.add(edge.to)
    }
  }
  return false
}
