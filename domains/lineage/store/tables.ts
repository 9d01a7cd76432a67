import type { LineageEdge } from '../contract.ts'

/**
 * Lineage's own table. An edge lies by its upstream and downstream end, so that a walk needs no look at its type; which
 * of them is `from` follows from the type (`model/edge-direction.ts`). An edge with the same ends, type and context is
 * there once; no context is the empty text.
 */
export interface LineageTables {
  lineage_edge: {
    workspace: string
    downstream_kind: string
    downstream_id: string
    upstream_kind: string
    upstream_id: string
    type: LineageEdge['type']
    context: string
    at_ms: number
  }
}
