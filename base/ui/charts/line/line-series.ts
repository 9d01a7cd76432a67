import type { Points } from './align-series.ts'
import { alignSeries, stackSeries } from './align-series.ts'

/** One line. `token` names its colour (`--run-3`). */
export interface LineSeries extends Points {
  label: string
  token: string
  width?: number
  dash?: readonly number[]
  /** Interval around the line, at the same x. */
  band?: { low: readonly (number | null)[]; high: readonly (number | null)[] }
  fill?: boolean
  points?: boolean
  /** Not what is hovered: drawn at 15%. */
  dimmed?: boolean
}

/** What is drawn: each line, and for a band two edges without stroke. */
export interface DrawnSeries {
  role: 'line' | 'edge'
  series: LineSeries
}

export interface ChartData {
  x: number[]
  /** One column for each drawn series, as uPlot takes them. */
  columns: (number | null | undefined)[][]
  drawn: DrawnSeries[]
  /** Pairs of columns between which is filled, upper first; counted from 0. */
  bands: { upper: number; lower: number; series: LineSeries }[]
}

/** Lays series out for drawing. Stacked series share the first one's x and are drawn from the top down, so that each covers only its own share. */
export function chartData(series: readonly LineSeries[], stacked: boolean): ChartData {
  return stacked ? stackedData(series) : lineData(series)
}

function lineData(series: readonly LineSeries[]): ChartData {
  const points: Points[] = []
  const drawn: DrawnSeries[] = []
  const bands: ChartData['bands'] = []
  for (const one of series) {
    if (one.band !== undefined) {
      bands.push({ upper: points.length, lower: points.length + 1, series: one })
      points.push({ x: one.x, y: one.band.high }, { x: one.x, y: one.band.low })
      drawn.push({ role: 'edge', series: one }, { role: 'edge', series: one })
    }
    points.push(one)
    drawn.push({ role: 'line', series: one })
  }
  const { x, ys } = alignSeries(points)
  return { x, columns: ys, drawn, bands }
}

function stackedData(series: readonly LineSeries[]): ChartData {
  const edges = stackSeries(series.map((one) => one.y))
  const topDown = series.map((one, at) => ({ one, edge: edges[at] ?? [] })).toReversed()
  return {
    x: [...(series[0]?.x ?? [])],
    columns: topDown.map(({ edge }) => edge),
    drawn: topDown.map(({ one }) => ({ role: 'line', series: one })),
    bands: [],
  }
}
