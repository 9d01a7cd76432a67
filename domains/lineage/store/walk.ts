import type { Ref } from '@millrace/contract'
import type { LineageEdge } from '../contract.ts'
import type { Direction } from '../model/edge-direction.ts'
import type { edges } from './edges.ts'

export interface WalkOptions {
  readonly direction: Direction
  /** Steps from the start. */
  readonly depth: number
  /** Most nodes, the start included. */
  readonly limit: number
}

export interface Walk {
  /** By distance, the start first. */
  readonly nodes: readonly Ref[]
  /** Edges between these nodes, each once. */
  readonly edges: readonly LineageEdge[]
  /** True when nodes were left out. */
  readonly truncated: boolean
}

/** Walks breadth first, one round of reads per step; a circle ends where it began. */
export async function walk(
  store: ReturnType<typeof edges>,
  start: readonly Ref[],
  options: WalkOptions,
): Promise<Walk> {
  const { direction } = options
  const nodes = new Map<string, Ref>()
  // Each node is asked once, in one direction, so no edge is found twice.
  const found: LineageEdge[] = []
  let truncated = false
  const visit = (refs: readonly Ref[]): Ref[] => {
    const fresh: Ref[] = []
    for (const ref of refs) {
      const key = keyOf(ref)
      if (nodes.has(key)) continue
      if (nodes.size >= options.limit) {
        truncated = true
        break
      }
      nodes.set(key, ref)
      fresh.push(ref)
    }
    return fresh
  }
  let frontier = visit(start)
  // One round more than nodes are kept for, to know whether any were left out.
  for (let step = 0; step <= options.depth && frontier.length > 0; step += 1) {
    const leading = await store.leading(direction, frontier)
    for (const { edge } of leading) found.push(edge)
    const next = leading.map((edge) => edge[direction])
    if (step === options.depth) truncated ||= next.some((ref) => !nodes.has(keyOf(ref)))
    else frontier = visit(next)
  }
  return { nodes: [...nodes.values()], edges: truncated ? edgesBetween(nodes, found) : found, truncated }
}

function edgesBetween(nodes: ReadonlyMap<string, Ref>, edges: readonly LineageEdge[]): LineageEdge[] {
  return edges.filter((edge) => nodes.has(keyOf(edge.from)) && nodes.has(keyOf(edge.to)))
}

/** Joins two walks from one start. */
export function joinWalks(one: Walk, other: Walk, limit: number): Walk {
  const all = new Map([...one.nodes, ...other.nodes].map((ref) => [keyOf(ref), ref]))
  const nodes = new Map([...all].slice(0, limit))
  const joined = new Map([...one.edges, ...other.edges].map((edge) => [edgeKey(edge), edge]))
  const truncated = one.truncated || other.truncated || nodes.size < all.size
  return { nodes: [...nodes.values()], edges: edgesBetween(nodes, [...joined.values()]), truncated }
}

// A kind never holds a space, so no two pairs share a key.
function keyOf(ref: Ref): string {
  return `${ref.kind} ${ref.id}`
}

function edgeKey({ from, type, to, context = '' }: LineageEdge): string {
  return JSON.stringify([from.kind, from.id, type, to.kind, to.id, context])
}
