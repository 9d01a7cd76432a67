import type { GraphLayout, LayoutSize, Place } from './layered-layout.ts'

/** An SVG path from the right edge of one node to the left edge of another, through the bends of a long edge; a loop back runs over everything and enters from the left. */
export function edgePath(
  edge: { from: string; to: string; tone?: string },
  layout: GraphLayout,
  size: LayoutSize,
): { path: string; middle: Place } | null {
  const from = layout.places.get(edge.from)
  const to = layout.places.get(edge.to)
  if (from === undefined || to === undefined) return null
  if (edge.tone === 'loop' || to.x <= from.x) return backPath(from, to, size)
  const start = { x: from.x + size.nodeWidth, y: from.y + size.nodeHeight / 2 }
  const end = { x: to.x - 2, y: to.y + size.nodeHeight / 2 }
  const stops = [start, ...(layout.bends.get(`${edge.from}→${edge.to}`) ?? []), end]
  return { path: smooth(stops), middle: middleOf(stops) }
}

/** A loop back runs above all nodes, through the gaps between columns. */
const LANE_ABOVE = 18

function smooth(stops: readonly Place[]): string {
  return stops.reduce((path, stop, at) => {
    const before = stops[at - 1]
    if (before === undefined) return `M${round(stop.x)} ${round(stop.y)}`
    const bend = Math.max(10, (stop.x - before.x) / 2)
    return `${path}C${round(before.x + bend)} ${round(before.y)} ${round(stop.x - bend)} ${round(stop.y)} ${round(stop.x)} ${round(stop.y)}`
  }, '')
}

function backPath(from: Place, to: Place, size: LayoutSize): { path: string; middle: Place } {
  const lane = size.columnGap / 2
  const start = { x: from.x + size.nodeWidth, y: from.y + size.nodeHeight / 2 }
  const end = { x: to.x - 2, y: to.y + size.nodeHeight / 2 }
  const out = start.x + lane
  const down = to.x - lane
  const top = -LANE_ABOVE
  const bend = Math.min(12, lane)
  const path = [
    `M${round(start.x)} ${round(start.y)}H${round(out - bend)}Q${round(out)} ${round(start.y)} ${round(out)} ${round(start.y - bend)}`,
    `V${top + bend}Q${round(out)} ${top} ${round(out - bend)} ${top}`,
    `H${round(down + bend)}Q${round(down)} ${top} ${round(down)} ${top + bend}`,
    `V${round(end.y - bend)}Q${round(down)} ${round(end.y)} ${round(Math.min(down + bend, end.x))} ${round(end.y)}H${round(end.x)}`,
  ]
  return { path: path.join(''), middle: { x: (out + down) / 2, y: top } }
}

function middleOf(stops: readonly Place[]): Place {
  const first = stops[0] ?? { x: 0, y: 0 }
  const last = stops.at(-1) ?? first
  return stops.length > 2
    ? (stops[Math.floor(stops.length / 2)] ?? first)
    : { x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
