import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { tokenReader } from '../../theme/read-token.ts'
import { lineOptions, type LineLook } from './line-options.ts'
import type { ChartData } from './line-series.ts'

/** Where the pointer is: an index of x, and pixels from the chart's left edge. */
export interface Hover {
  index: number
  left: number
}

export interface Plot {
  show: (data: ChartData) => void
  resize: (width: number, height: number) => void
  destroy: () => void
}

/** Who is told what the pointer does. */
export interface PlotHears {
  onHover: (hover: Hover | null) => void
  onZoom: ((range: { from: number; to: number } | null) => void) | undefined
}

/** Draws a chart into an element. The data may change later as long as its series stay the same. */
export function createPlot(
  element: HTMLElement,
  data: ChartData,
  look: LineLook,
  size: { width: number; height: number },
  { onHover, onZoom }: PlotHears,
): Plot {
  const options = lineOptions(data, look, { width: size.width, height: size.height }, tokenReader(element), (plot) =>
    onHover(hoverOf(plot)),
  )
  const plot = new uPlot(options, [data.x, ...data.columns], element)
  if (onZoom !== undefined) hearZoom(plot, onZoom)
  return {
    show: (next) => {
      if (plot.data[0] !== next.x) plot.setData([next.x, ...next.columns])
    },
    resize: (width, height) => {
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height })
    },
    destroy: () => plot.destroy(),
  }
}

// A synced chart moves its cursor too, but only the one under the pointer shows the values.
function hoverOf(plot: uPlot): Hover | null {
  const { idx, left } = plot.cursor
  if (idx === null || idx === undefined || left === undefined || left < 0 || !plot.over.matches(':hover')) return null
  return { index: idx, left: left + plot.bbox.left / devicePixelRatio }
}

// A synced chart is drawn across too; the one under the pointer speaks for all.
function hearZoom(plot: uPlot, onZoom: NonNullable<PlotHears['onZoom']>): void {
  const heard = () => {
    const { left, width } = plot.select
    if (width > 0 && plot.over.matches(':hover'))
      onZoom({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') })
  }
  plot.hooks.setSelect = [...(plot.hooks.setSelect ?? []), heard]
  plot.over.addEventListener('dblclick', () => onZoom(null))
}
