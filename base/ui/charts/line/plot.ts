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

/** Draws a chart into an element. The data may change later as long as its series stay the same. */
export function createPlot(
  element: HTMLElement,
  data: ChartData,
  look: LineLook,
  size: { width: number; height: number },
  onHover: (hover: Hover | null) => void,
): Plot {
  const options = lineOptions(data, look, { width: size.width, height: size.height }, tokenReader(element), (plot) =>
    onHover(hoverOf(plot)),
  )
  const plot = new uPlot(options, [data.x, ...data.columns], element)
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
