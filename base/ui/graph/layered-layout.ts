import { neighboursOf, orderLayers, type Links } from './order-layers.ts'
import { rankNodes } from './rank-nodes.ts'

/** What ties two nodes. `loop` edges lead back and do not push their target to the right. */
export interface LayoutEdge {
  from: string
  to: string
  loop?: boolean
}

export interface Place {
  x: number
  y: number
}

export interface GraphLayout {
  places: ReadonlyMap<string, Place>
  /** For an edge over several columns, the points between through which it is drawn; the key is `from→to`. */
  bends: ReadonlyMap<string, readonly Place[]>
  width: number
  height: number
}

export interface LayoutSize {
  nodeWidth: number
  nodeHeight: number
  columnGap: number
  rowGap: number
}

const BEND = '\u0000bend:'

/** Columns by longest path from the sources, rows ordered so that few edges cross, then moved towards their neighbours. Deterministic. */
export function layeredLayout(ids: readonly string[], edges: readonly LayoutEdge[], size: LayoutSize): GraphLayout {
  const known = new Set(ids)
  const forward = edges.filter(
    (edge) => edge.loop !== true && edge.from !== edge.to && known.has(edge.from) && known.has(edge.to),
  )
  const { rank, acyclic } = rankNodes(ids, forward)
  const { layers, links, chains } = withBends(ids, acyclic, rank)
  orderLayers(layers, links)
  const rows = settleRows(layers, links, size)
  const step = size.nodeWidth + size.columnGap
  const places = new Map<string, Place>()
  for (const [column, layer] of layers.entries())
    for (const id of layer) places.set(id, { x: column * step, y: rows.get(id) ?? 0 })
  const bends = new Map<string, Place[]>()
  for (const [key, chain] of chains)
    bends.set(
      key,
      chain.map((id) => centreOf(places.get(id), size)),
    )
  const height = Math.max(size.nodeHeight, ...[...rows.values()].map((y) => y + size.nodeHeight))
  for (const id of places.keys()) if (id.startsWith(BEND)) places.delete(id)
  return { places, bends, width: Math.max(1, layers.length) * step - size.columnGap, height }
}

function centreOf(place: Place | undefined, size: LayoutSize): Place {
  return { x: (place?.x ?? 0) + size.nodeWidth / 2, y: (place?.y ?? 0) + size.nodeHeight / 2 }
}

/** Adds a bend in every column that an edge passes, so that it keeps clear of the nodes there. */
function withBends(ids: readonly string[], edges: readonly LayoutEdge[], rank: ReadonlyMap<string, number>) {
  const rankOf = (id: string) => rank.get(id) ?? 0
  const deepest = Math.max(0, ...ids.map(rankOf))
  const layers: string[][] = Array.from({ length: deepest + 1 }, () => [])
  const put = (id: string, at: number) => layers[at]?.push(id)
  for (const id of ids) put(id, rankOf(id))
  const links: (readonly [string, string])[] = []
  const chains = new Map<string, string[]>()
  for (const edge of edges) {
    const chain: string[] = []
    for (let at = rankOf(edge.from) + 1; at < rankOf(edge.to); at++) {
      const id = `${BEND}${edge.from}→${edge.to}:${at}`
      chain.push(id)
      put(id, at)
    }
    const stops = [edge.from, ...chain]
    stops.forEach((stop, at) => links.push([stop, stops[at + 1] ?? edge.to]))
    if (chain.length > 0) chains.set(`${edge.from}→${edge.to}`, chain)
  }
  return { layers, links, chains }
}

const ROUNDS = 24

/** Gives each node a row near the middle of its neighbours without overlap; a bend takes less room than a node. */
function settleRows(layers: readonly string[][], links: Links, size: LayoutSize): Map<string, number> {
  const room = (id: string) => (id.startsWith(BEND) ? size.nodeHeight * 0.55 : size.nodeHeight + size.rowGap)
  const rows = stackedRows(layers, room)
  const before = neighboursOf(links, 'before')
  const after = neighboursOf(links, 'after')
  const near = (id: string) => [...(before.get(id) ?? []), ...(after.get(id) ?? [])]
  for (let round = 0; round < ROUNDS; round++) {
    for (const layer of round % 2 === 0 ? layers : layers.toReversed()) pull(layer, rows, near, room)
  }
  const top = rows.size === 0 ? 0 : Math.min(...rows.values())
  for (const [id, y] of rows) rows.set(id, y - top)
  return rows
}

function stackedRows(layers: readonly string[][], room: (id: string) => number): Map<string, number> {
  const rows = new Map<string, number>()
  for (const layer of layers) {
    let y = 0
    for (const id of layer) {
      rows.set(id, y)
      y += room(id)
    }
  }
  return rows
}

/** Moves a layer's nodes to where their neighbours are, then pushes apart what overlaps and centres the push. */
function pull(
  layer: readonly string[],
  rows: Map<string, number>,
  near: (id: string) => string[],
  room: (id: string) => number,
): void {
  const rowOf = (id: string) => rows.get(id) ?? 0
  const wished = layer.map((id) => {
    const around = near(id)
    return around.length === 0 ? rowOf(id) : around.reduce((sum, other) => sum + rowOf(other), 0) / around.length
  })
  let free = -Infinity
  let drift = 0
  for (const [at, id] of layer.entries()) {
    const wish = wished[at] ?? 0
    const y = Math.max(wish, free)
    rows.set(id, y)
    drift += (y - wish) / layer.length
    free = y + room(id)
  }
  for (const id of layer) rows.set(id, rowOf(id) - drift)
}
