import type { Domain, Query, Runtime } from '@millrace/kernel'
import { createReadGraph } from './actions/read-graph.ts'
import type * as contract from './contract.ts'
import * as createEdge from './store/migrations/0001-create-edge.ts'

export { lineageSink } from './actions/add-edges.ts'
export { upstreamEnd } from './model/edge-direction.ts'
export type { Direction } from './model/edge-direction.ts'
export { ancestors, descendants } from './store/relatives.ts'
export type { RelativesOptions } from './store/relatives.ts'

/** Lineage's manifest, with its query for other domains. */
export interface LineageDomain extends Domain {
  readonly readGraph: Query<typeof contract.readGraph.input, typeof contract.readGraph.output>
}

/** Lineage: where a thing comes from and what depends on it. Implements the kernel's `LineageSink` (`lineageSink`). */
export function createLineage(runtime: Pick<Runtime, 'nodeKinds'>): LineageDomain {
  const readGraph = createReadGraph(runtime.nodeKinds)
  return {
    name: 'lineage',
    migrations: { '0001-create-edge': createEdge },
    operations: [readGraph],
    readGraph,
  }
}
