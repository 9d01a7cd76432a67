import type { LineageEdge, LineageGraph } from '@millrace/lineage/contract'

type Type = LineageEdge['type']
// Of these the second thing came from the first; of all others the first from the second.
const forwards: ReadonlySet<Type> = new Set<Type>(['produced', 'deployed_as', 'raised', 'triggered'])
const evidence: ReadonlySet<Type> = new Set<Type>(['validated_by', 'approved_by'])

/** An edge as time flows: from what was first to what came of it. */
export interface Flow {
  from: string
  to: string
  type: Type
  evidence: boolean
  context: string | undefined
}

/** The edges of a graph in the order of cause and effect, by ids of their ends. */
export function flowsOf(edges: LineageGraph['edges']): Flow[] {
  return edges.map((edge) => {
    const [first, second] = forwards.has(edge.type) ? [edge.from, edge.to] : [edge.to, edge.from]
    return {
      from: first.id,
      to: second.id,
      type: edge.type,
      evidence: evidence.has(edge.type),
      context: edge.context,
    }
  })
}

/** Everything that a thing came from, nearest first, without itself. */
export function causesOf(id: string, flows: readonly Flow[]): string[] {
  const into = Map.groupBy(flows, (flow) => flow.to)
  const found = new Set<string>([id])
  for (const one of found) for (const flow of into.get(one) ?? []) found.add(flow.from)
  found.delete(id)
  return [...found]
}
