import type { LayoutEdge } from './layered-layout.ts'

/** Edges by the node they leave. */
export function outgoing(edges: readonly LayoutEdge[]): ReadonlyMap<string, readonly LayoutEdge[]> {
  return Map.groupBy(edges, (edge) => edge.from)
}

/** The column of each node: one after the furthest of its sources. An edge that would close a circle is left out of `acyclic`. */
export function rankNodes(
  ids: readonly string[],
  edges: readonly LayoutEdge[],
): { rank: Map<string, number>; acyclic: LayoutEdge[] } {
  const { acyclic, finished } = withoutCircles(ids, edges)
  const out = outgoing(acyclic)
  const rank = new Map(ids.map((id) => [id, 0]))
  const rankOf = (id: string) => rank.get(id) ?? 0
  for (const id of finished.toReversed()) {
    for (const edge of out.get(id) ?? []) rank.set(edge.to, Math.max(rankOf(edge.to), rankOf(id) + 1))
  }
  const hasSource = new Set(acyclic.map((edge) => edge.to))
  for (const id of finished) {
    const targets = out.get(id) ?? []
    // A source stands right before the first that uses it, not far to the left.
    if (targets.length > 0 && !hasSource.has(id)) rank.set(id, Math.min(...targets.map((edge) => rankOf(edge.to))) - 1)
  }
  return { rank, acyclic }
}

/** Walks depth first; an edge to a node still open would close a circle. `finished` holds every node after all it leads to. */
function withoutCircles(
  ids: readonly string[],
  edges: readonly LayoutEdge[],
): { acyclic: LayoutEdge[]; finished: string[] } {
  const out = outgoing(edges)
  const state = new Map<string, 'open' | 'done'>()
  const acyclic: LayoutEdge[] = []
  const finished: string[] = []

  function enter(id: string): { id: string; next: number } {
    state.set(id, 'open')
    return { id, next: 0 }
  }

  for (const start of ids) {
    const stack = state.has(start) ? [] : [enter(start)]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = out.get(top.id)?.[top.next++]
      if (edge === undefined) {
        state.set(top.id, 'done')
        finished.push(top.id)
        stack.pop()
        continue
      }
      const seen = state.get(edge.to)
      if (seen !== 'open') acyclic.push(edge)
      if (seen === undefined) stack.push(enter(edge.to))
    }
  }
  return { acyclic, finished }
}
