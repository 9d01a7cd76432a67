/** What one span says it used (tokens, money), and where it stands in its trace. */
export interface UsageNode {
  readonly id: string
  readonly parentId: string | null
  readonly usage: Readonly<Record<string, number>> | null
}

/**
 * Adds up what the spans of a trace used. A span that says so speaks for all below it, because libraries write the sum of
 * the children on the parent; so only the topmost speaker of every branch counts. Undefined where nobody says anything.
 */
export function aggregateUsage(
  nodes: readonly UsageNode[],
  keys: readonly string[],
): Record<string, number> | undefined {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const speaksAbove = new Map<string, boolean>()
  const sum: Record<string, number> = {}
  let found = false
  for (const node of nodes) {
    if (node.usage === null || covered(node, byId, speaksAbove)) continue
    found = true
    for (const key of keys) {
      const value = node.usage[key]
      if (value !== undefined) sum[key] = (sum[key] ?? 0) + value
    }
  }
  return found ? sum : undefined
}

/** True when a span above `node` speaks; walks up without recursion, since a trace may be one long chain. */
function covered(node: UsageNode, byId: ReadonlyMap<string, UsageNode>, known: Map<string, boolean>): boolean {
  const path: string[] = []
  const seen = new Set<string>()
  let result = false
  for (let at: UsageNode | undefined = node; at !== undefined && !seen.has(at.id);) {
    const before = known.get(at.id)
    if (before !== undefined) {
      result = before
      break
    }
    seen.add(at.id)
    path.push(at.id)
    at = at.parentId === null ? undefined : byId.get(at.parentId)
    if (at !== undefined && at.usage !== null) {
      result = true
      break
    }
  }
  for (const id of path) known.set(id, result)
  return result
}
