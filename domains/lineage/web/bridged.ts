import type { GraphEdge } from '@millrace/ui/graph'

/** The edges between the nodes shown; a way through hidden nodes becomes one edge, so that hiding never cuts a path. */
export function bridged(edges: readonly GraphEdge[], shown: ReadonlySet<string>): GraphEdge[] {
  const out = Map.groupBy(edges, (edge) => edge.from)
  const found = new Map<string, GraphEdge>()
  for (const from of shown) {
    const seen = new Set<string>([from])
    const ways = [...(out.get(from) ?? [])]
    for (const edge of ways) {
      if (seen.has(edge.to)) continue
      seen.add(edge.to)
      if (shown.has(edge.to)) found.set(`${from} ${edge.to}`, { ...edge, from })
      else ways.push(...(out.get(edge.to) ?? []))
    }
  }
  return [...found.values()]
}
