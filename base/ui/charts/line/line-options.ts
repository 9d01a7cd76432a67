import type uPlot from 'uplot'
import { tick, type Zone } from '../../format/format.ts'
import { withOpacity } from '../../theme/read-token.ts'
import { annotate, type Annotations } from './annotations.ts'
import type { ChartData } from './line-series.ts'
import { niceTicks, robustRange } from '../scale.ts'
import { timeTicks, writeTimes } from '../time-ticks.ts'

export type XKind = 'number' | Zone

export interface LineLook extends Annotations {
  xKind: XKind
  logScale: boolean
  stacked: boolean
  range: readonly [number, number] | null
  writeY: (value: number) => string
  syncKey: string | null
}

// uPlot scales whole pixels only.
const FONT = '11px "Inter Variable", system-ui, sans-serif'
const LABEL_PX = 6.1

/** uPlot's options for one chart; `colour` resolves tokens. */
export function lineOptions(
  data: ChartData,
  look: LineLook,
  size: { width: number; height: number },
  colour: (token: string) => string,
  onCursor: (plot: uPlot) => void,
): uPlot.Options {
  return {
    ...size,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    scales: { x: { time: false }, y: yScale(data, look) },
    axes: [xAxis(look, colour), yAxis(look, colour)],
    series: [{}, ...data.drawn.map((each) => seriesOptions(each, look, colour))],
    bands: data.bands.map((band) => ({
      series: [band.upper + 1, band.lower + 1],
      fill: withOpacity(colour(band.series.token), 0.17),
    })),
    cursor: cursorOptions(data, look, colour),
    hooks: {
      drawClear: [(plot) => annotate(plot, look, colour, 'under')],
      draw: [(plot) => annotate(plot, look, colour, 'over')],
      setCursor: [onCursor],
    },
  }
}

function seriesOptions(
  drawn: ChartData['drawn'][number],
  look: LineLook,
  colour: (token: string) => string,
): uPlot.Series {
  const { series } = drawn
  if (drawn.role === 'edge') return { stroke: 'transparent', width: 0, points: { show: false } }
  const stroke = colour(series.token)
  const options: uPlot.Series = {
    label: series.label,
    stroke: look.stacked ? 'transparent' : withOpacity(stroke, series.dimmed === true ? 0.15 : 1),
    width: look.stacked ? 0 : (series.width ?? 1.5),
    points: { show: series.points === true, size: 6, stroke, fill: colour('--surface'), width: 1.4 },
  }
  if (series.dash !== undefined) options.dash = [...series.dash]
  if (look.stacked) options.fill = stroke
  else if (series.fill === true) options.fill = withOpacity(stroke, 0.12)
  return options
}

function yScale(data: ChartData, look: LineLook): uPlot.Scale {
  if (look.range !== null) return logarithmic({ range: [look.range[0], look.range[1]] }, look.logScale)
  if (look.logScale) return logarithmic({}, true)
  const limits = look.limits.map((limit) => limit.value)
  const range = (): [number, number] => {
    const shown = data.columns.flatMap((column) => column.filter((value) => typeof value === 'number'))
    const [low, high] = robustRange(shown, look.stacked ? [0, ...limits] : limits)
    return look.stacked || (low < 0 && shown.every((value) => value >= 0)) ? [0, high] : [low, high]
  }
  return { range }
}

// uPlot declares its distributions as a const enum, which isolated modules cannot read; 3 is the logarithmic one.
function logarithmic(scale: uPlot.Scale, wanted: boolean): uPlot.Scale {
  return wanted ? Object.assign(scale, { distr: 3, log: 10 }) : scale
}

function xAxis(look: LineLook, colour: (token: string) => string): uPlot.Axis {
  const zone: Zone | null = look.xKind === 'number' ? null : look.xKind
  return {
    stroke: colour('--axis'),
    font: FONT,
    size: 20,
    gap: 4,
    grid: { show: false },
    ticks: { show: false },
    splits: (plot, _axis, low, high) => {
      const wanted = Math.max(2, Math.floor(plot.bbox.width / devicePixelRatio / 90))
      const ticks = zone === null ? niceTicks(low, high, wanted) : timeTicks(low, high, wanted, zone)
      // A label at the very edge would be cut off.
      const edge = high - ((high - low) * 14 * devicePixelRatio) / Math.max(1, plot.bbox.width)
      return ticks.filter((tick) => tick <= edge)
    },
    values: (_plot, splits) => (zone === null ? splits.map(tick) : writeTimes(splits, zone)),
  }
}

function yAxis(look: LineLook, colour: (token: string) => string): uPlot.Axis {
  const axis: uPlot.Axis = {
    stroke: colour('--axis'),
    font: FONT,
    gap: 6,
    size: (_plot, values) => 10 + LABEL_PX * Math.max(2, ...(values ?? []).map((value) => value.length)),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
    values: (_plot, splits) => splits.map((value) => (value === null ? '' : look.writeY(value))),
  }
  if (!look.logScale)
    axis.splits = (plot, _axis, low, high) =>
      niceTicks(low, high, Math.max(3, Math.round(plot.bbox.height / devicePixelRatio / 36)))
  return axis
}

function cursorOptions(data: ChartData, look: LineLook, colour: (token: string) => string): uPlot.Cursor {
  const cursor: uPlot.Cursor = {
    y: false,
    points: { size: 6, width: 1.2, stroke: colour('--surface'), fill: (_plot, at) => cursorFill(data, at, colour) },
    drag: { x: true, y: false, setScale: true },
  }
  if (look.syncKey !== null) cursor.sync = { key: look.syncKey, scales: ['x', null] }
  return cursor
}

/** uPlot counts x as series 0. */
function cursorFill(data: ChartData, at: number, colour: (token: string) => string): string {
  const drawn = data.drawn[at - 1]
  return drawn === undefined || drawn.role === 'edge' ? 'transparent' : colour(drawn.series.token)
}
