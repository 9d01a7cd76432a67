import type { Ref } from '@millrace/contract'
import type { NodeDescription, NodeKind, Query, Scope } from '@millrace/kernel'
import { operations } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { LineageNode } from '../contract.ts'
import { lineageProblem } from '../contract.ts'
import { edges } from '../store/edges.ts'
import type { Walk } from '../store/walk.ts'
import { joinWalks, walk } from '../store/walk.ts'

const { query } = operations(edges)
const describedAtOnce = 500

type ReadGraph = Query<typeof contract.readGraph.input, typeof contract.readGraph.output>
type NodeKinds = ReadonlyMap<string, NodeKind>

/** Makes the query; nodes are described by the domains whose kinds are registered in `nodeKinds`. */
export function createReadGraph(nodeKinds: NodeKinds): ReadGraph {
  return query(contract.readGraph, async ({ store, input, scope }) => {
    const { kind, id, direction, depth, limit } = input
    const root: Ref = { kind, id }
    const go = (towards: 'upstream' | 'downstream') => walk(store, [root], { direction: towards, depth, limit })
    const walked: Walk =
      direction === 'both' ? joinWalks(await go('upstream'), await go('downstream'), limit) : await go(direction)
    const nodes = await describe(nodeKinds, scope, walked.nodes)
    if (nodes.missing.has(root) && !(await store.touches(root))) throw unknown(nodeKinds, root)
    return { root, nodes: nodes.described, edges: [...walked.edges], truncated: walked.truncated }
  })
}

/** Asks each domain for its own nodes, in the order given; those it does not know keep their id as title. */
async function describe(
  nodeKinds: NodeKinds,
  scope: Scope,
  refs: readonly Ref[],
): Promise<{ described: LineageNode[]; missing: Set<Ref> }> {
  const byKind = new Map<string, Map<string, NodeDescription>>()
  for (const [kind, ofKind] of Map.groupBy(refs, (ref) => ref.kind)) {
    byKind.set(
      kind,
      await describeKind(
        nodeKinds.get(kind),
        scope,
        ofKind.map((ref) => ref.id),
      ),
    )
  }
  const missing = new Set<Ref>()
  const described = refs.map((ref): LineageNode => {
    const description = byKind.get(ref.kind)?.get(ref.id)
    if (description === undefined) {
      missing.add(ref)
      return { kind: ref.kind, id: ref.id, title: ref.id }
    }
    return { ...description, kind: ref.kind }
  })
  return { described, missing }
}

async function describeKind(
  nodeKind: NodeKind | undefined,
  scope: Scope,
  ids: readonly string[],
): Promise<Map<string, NodeDescription>> {
  const found = new Map<string, NodeDescription>()
  if (nodeKind === undefined) return found
  for (let start = 0; start < ids.length; start += describedAtOnce) {
    const part = await nodeKind.describe(scope, ids.slice(start, start + describedAtOnce))
    for (const description of part) found.set(description.id, description)
  }
  return found
}

function unknown(nodeKinds: NodeKinds, { kind, id }: Ref): Error {
  if (nodeKinds.has(kind)) return lineageProblem['unknown-node']({ kind, id })
  return lineageProblem['unknown-kind']({ kind, known: [...nodeKinds.keys()].toSorted().join(', ') })
}
