interface Node {
  readonly id: string
  readonly parentId: string | null
}

/** Spans as a tree reads from top to bottom: each behind its parent, siblings in the order given. Those whose parent is not here are roots. */
export function treeOrder<S extends Node>(spans: readonly S[]): (S & { depth: number })[] {
  const ids = new Set(spans.map(({ id }) => id))
  const children = Map.groupBy(spans, ({ parentId }) => (parentId !== null && ids.has(parentId) ? parentId : ''))
  const ordered: (S & { depth: number })[] = []
  const placed = new Set<string>()
  // A stack, since a trace may be one chain of thousands; and spans that are their own ancestors come last.
  const visit = (roots: readonly S[]) => {
    const stack = roots.toReversed().map((span) => ({ ...span, depth: 0 }))
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (placed.has(next.id)) continue
      placed.add(next.id)
      ordered.push(next)
      const depth = next.depth + 1
      for (const child of (children.get(next.id) ?? []).toReversed()) stack.push({ ...child, depth })
    }
  }
  visit(children.get('') ?? [])
  visit(spans.filter(({ id }) => !placed.has(id)))
  return ordered
}
