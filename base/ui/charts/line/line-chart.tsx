import { useEffect, useMemo, useRef, useState } from 'react'
import { fullTime, score, tick } from '../../format/format.ts'
import { useAppearance } from '../../theme/theme-provider.tsx'
import { useWidth } from '../use-size.ts'
import type { Annotations } from './annotations.ts'
import { ChartTip, type TipRow } from './chart-tip.tsx'
import type { LineLook, XKind } from './line-options.ts'
import { chartData, type ChartData, type LineSeries } from './line-series.ts'
import { createPlot, type Hover, type Plot } from './plot.ts'

export interface LineChartProps extends Partial<Annotations> {
  /** What is drawn, for those who do not see it: "val/auc by step, 8 runs". */
  name: string
  series: readonly LineSeries[]
  height?: number
  xKind?: XKind
  xName?: string
  /** Fixed y range; by default the 1st to 99th percentile of what is shown. */
  range?: readonly [number, number]
  logScale?: boolean
  stacked?: boolean
  /** Writes a value on the axis and in the tooltip; keep it stable between renders. */
  writeY?: (value: number) => string
  /** Charts with the same key share cursor and zoom. */
  syncKey?: string
  /** Hears which stretch of x was drawn across, null when it was reset; keep it stable between renders. */
  onZoom?: (range: { from: number; to: number } | null) => void
}

/** Lines over steps or time on a canvas: shared cursor, drag to zoom, double click to reset. */
export function LineChart(props: LineChartProps) {
  const { series, height = 128, stacked = false, writeY = tick } = props
  const [host, width] = useWidth<HTMLDivElement>()
  const { appearance, shown } = useAppearance()
  const [hover, setHover] = useState<Hover | null>(null)
  const data = useMemo(() => chartData(series, stacked), [series, stacked])
  const look = JSON.stringify(fixedLook(props))
  // What a drawn chart cannot change: another value here builds it anew, another array of points does not.
  const shape = `${look}|${shown}|${appearance.contrast}|${data.drawn.map(shapeOf).join('|')}`
  return (
    <div className="chart" ref={host} style={{ height }} role="img" aria-label={props.name}>
      {width === 0 ? null : (
        <Canvas
          key={shape}
          data={data}
          look={look}
          writeY={writeY}
          width={width}
          height={height}
          onHover={setHover}
          onZoom={props.onZoom}
        />
      )}
      {hover === null ? null : (
        <ChartTip
          left={hover.left}
          width={width}
          title={titleAt(data.x[hover.index], props)}
          rows={rowsAt(series, data.x[hover.index], writeY)}
        />
      )}
    </div>
  )
}

interface CanvasProps {
  data: ChartData
  look: string
  writeY: (value: number) => string
  width: number
  height: number
  onHover: (hover: Hover | null) => void
  onZoom: LineChartProps['onZoom']
}

function Canvas({ data, look, writeY, width, height, onHover, onZoom }: CanvasProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | null>(null)
  const [first] = useState({ data, look, writeY, width, height })
  useEffect(() => {
    if (host.current === null) return undefined
    // The text was made from a look in this module.
    const made = createPlot(
      host.current,
      first.data,
      { ...(JSON.parse(first.look) as FixedLook), writeY: first.writeY },
      first,
      { onHover, onZoom },
    )
    plot.current = made
    return () => {
      made.destroy()
      plot.current = null
      onHover(null)
    }
  }, [first, onHover, onZoom])
  useEffect(() => plot.current?.show(data), [data])
  useEffect(() => plot.current?.resize(width, height), [width, height])
  return <div ref={host} />
}

type FixedLook = Omit<LineLook, 'writeY'>
const NONE: readonly never[] = []

function fixedLook(props: LineChartProps): FixedLook {
  const {
    limits = NONE,
    zones = NONE,
    marks = NONE,
    xKind = 'number',
    range = null,
    logScale = false,
    stacked = false,
    syncKey = null,
  } = props
  return { limits, zones, marks, xKind, range, logScale, stacked, syncKey }
}

function shapeOf({ role, series }: ChartData['drawn'][number]): string {
  return [role, series.label, series.token, series.dimmed, series.width, series.dash?.join()].join()
}

function titleAt(x: number | undefined, props: LineChartProps): string {
  if (x === undefined) return ''
  if (props.xKind === 'UTC' || props.xKind === 'local') return fullTime(x, props.xKind)
  return `${props.xName ?? 'step'} ${tick(x)}`
}

function rowsAt(series: readonly LineSeries[], x: number | undefined, write: (value: number) => string): TipRow[] {
  if (x === undefined) return []
  const rows = series.flatMap((one) => {
    const value = one.y[nearest(one.x, x)]
    return value === null || value === undefined
      ? []
      : [{ label: one.label, token: one.token, value, text: write === tick ? score(value) : write(value) }]
  })
  return rows.toSorted((a, b) => b.value - a.value)
}

function nearest(xs: readonly number[], x: number): number {
  let low = 0
  let high = xs.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((xs[middle] ?? 0) < x) low = middle + 1
    else high = middle
  }
  return low > 0 && x - (xs[low - 1] ?? 0) < (xs[low] ?? 0) - x ? low - 1 : low
}
