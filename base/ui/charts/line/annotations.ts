import type uPlot from 'uplot'
import { withOpacity } from '../../theme/read-token.ts'

export interface Annotations {
  /** Dashed lines across: what must not be crossed. */
  limits: readonly { value: number; label: string }[]
  /** Stretches of x: labels not complete, a quarantined day. */
  zones: readonly { from: number; to: number; label?: string }[]
  /** Points of x: a step of a rollout, a watermark, now. */
  marks: readonly { at: number; label: string; side?: 'left' | 'right' }[]
}

type Paint = { context: CanvasRenderingContext2D; colour: (token: string) => string; ratio: number }

/** Draws zones under the lines, limits and marks over them. */
export function annotate(
  plot: uPlot,
  what: Annotations,
  colour: (token: string) => string,
  layer: 'under' | 'over',
): void {
  const paint: Paint = { context: plot.ctx, colour, ratio: devicePixelRatio }
  const { left, top, width, height } = plot.bbox
  plot.ctx.save()
  plot.ctx.beginPath()
  plot.ctx.rect(left, top, width, height)
  plot.ctx.clip()
  plot.ctx.font = `500 ${10.5 * paint.ratio}px "Inter Variable", system-ui, sans-serif`
  plot.ctx.textBaseline = 'alphabetic'
  if (layer === 'under') for (const zone of what.zones) drawZone(plot, paint, zone)
  else {
    for (const limit of what.limits) drawLimit(plot, paint, limit)
    for (const mark of what.marks) drawMark(plot, paint, mark)
  }
  plot.ctx.restore()
}

function drawZone(plot: uPlot, { context, colour, ratio }: Paint, zone: Annotations['zones'][number]): void {
  const from = plot.valToPos(zone.from, 'x', true)
  const to = plot.valToPos(zone.to, 'x', true)
  context.fillStyle = withOpacity(colour('--idle-tint'), 0.8)
  context.fillRect(from, plot.bbox.top, to - from, plot.bbox.height)
  if (zone.label === undefined) return
  context.fillStyle = colour('--ink-3')
  context.textAlign = 'right'
  context.fillText(zone.label, to - 4 * ratio, plot.bbox.top + plot.bbox.height - 6 * ratio)
}

function drawLimit(plot: uPlot, { context, colour, ratio }: Paint, limit: Annotations['limits'][number]): void {
  const y = Math.round(plot.valToPos(limit.value, 'y', true))
  stroke(context, colour('--bad-mark'), 1.2 * ratio, [3 * ratio, 3 * ratio])
  line(context, plot.bbox.left, y, plot.bbox.left + plot.bbox.width, y)
  context.fillStyle = colour('--bad')
  context.textAlign = 'left'
  const above = y - plot.bbox.top > 16 * ratio
  context.fillText(limit.label, plot.bbox.left + 4 * ratio, above ? y - 4 * ratio : y + 12 * ratio)
}

function drawMark(plot: uPlot, { context, colour, ratio }: Paint, mark: Annotations['marks'][number]): void {
  const x = Math.round(plot.valToPos(mark.at, 'x', true))
  stroke(context, colour('--ink-3'), ratio, [2 * ratio, 3 * ratio])
  line(context, x, plot.bbox.top, x, plot.bbox.top + plot.bbox.height)
  context.fillStyle = colour('--ink-2')
  context.textAlign = mark.side === 'left' ? 'right' : 'left'
  context.fillText(mark.label, x + (mark.side === 'left' ? -4 : 4) * ratio, plot.bbox.top + 9 * ratio)
}

function stroke(context: CanvasRenderingContext2D, colour: string, width: number, dash: number[]): void {
  context.strokeStyle = colour
  context.lineWidth = width
  context.setLineDash(dash)
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
}
