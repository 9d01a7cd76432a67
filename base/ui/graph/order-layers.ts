export type Links = readonly (readonly [from: string, to: string])[]
type Neighbours = ReadonlyMap<string, readonly string[]>

const SWEEPS = 8

/** Who each node is linked to, in one direction. */
export function neighboursOf(links: Links, direction: 'before' | 'after'): Neighbours {
  const found = new Map<string, string[]>()
  for (const [from, to] of links) {
    const [key, other] = direction === 'after' ? [from, to] : [to, from]
    found.set(key, [...(found.get(key) ?? []), other])
  }
  return found
}

/** Orders each layer in place so that few links cross: sweeps by the mean position of the neighbours, keeping the best order seen. */
export function orderLayers(layers: string[][], links: Links): void {
  const before = neighboursOf(links, 'before')
  const after = neighboursOf(links, 'after')
  let best = layers.map((layer) => [...layer])
  let fewest = crossings(layers, after)
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    sweepOnce(sweep % 2 === 0 ? layers : layers.toReversed(), sweep % 2 === 0 ? before : after)
    const now = crossings(layers, after)
    if (now >= fewest) continue
    fewest = now
    best = layers.map((layer) => [...layer])
  }
  for (const [at, layer] of best.entries()) layers[at] = layer
}

function sweepOnce(layers: readonly string[][], neighbours: Neighbours): void {
  layers.forEach((layer, at) => {
    const fixed = layers[at - 1]
    if (fixed !== undefined) sortByNeighbours(layer, fixed, neighbours)
  })
}

function sortByNeighbours(layer: string[], fixed: readonly string[], neighbours: Neighbours): void {
  const position = new Map(fixed.map((id, at) => [id, at]))
  const wish = new Map(
    layer.map((id, at) => {
      const near = (neighbours.get(id) ?? []).flatMap((other) => position.get(other) ?? [])
      return [id, near.length === 0 ? at : near.reduce((sum, each) => sum + each, 0) / near.length]
    }),
  )
  layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0))
}

/** How often links between neighbouring layers cross. */
function crossings(layers: readonly (readonly string[])[], after: Neighbours): number {
  return layers.reduce((sum, layer, at) => {
    const position = new Map((layers[at + 1] ?? []).map((id, row) => [id, row]))
    return (
      sum +
      inversions(
        layer.flatMap((id) => (after.get(id) ?? []).flatMap((to) => position.get(to) ?? []).toSorted((a, b) => a - b)),
      )
    )
  }, 0)
}

/** Pairs out of order. */
function inversions(values: readonly number[]): number {
  return values.reduce((sum, value, at) => sum + values.slice(at + 1).filter((later) => later < value).length, 0)
}
