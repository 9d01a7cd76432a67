import { LineChart, smooth, type LineSeries } from '@millrace/ui/charts'
import { count } from '@millrace/ui/format'
import { Panel, Skeleton } from '@millrace/ui/parts'
import { useMemo } from 'react'
import type { Curves, RunRow } from './load-experiment.ts'

export interface ChartColumnProps {
  curves: Curves | null
  runs: readonly RunRow[]
  slots: ReadonlyMap<string, number>
  baseline: string | null
  hovered: string | null
  smoothing: number
  logScale: boolean
}

/** One chart for each metric; the table is their legend. */
export function ChartColumn({ curves, ...rest }: ChartColumnProps) {
  if (curves === null) return <Skeleton rows={8} />
  return (
    <aside className="experiment-charts" aria-label="Charts">
      <h2 className="sr-only">Charts</h2>
      {curves.charts.length === 0 ? <p className="i3 t12">The runs shown have logged no metric over steps.</p> : null}
      {curves.charts.map((chart, at) => (
        <MetricChart key={chart.metric} chart={chart} first={at === 0} {...rest} />
      ))}
    </aside>
  )
}

function MetricChart({
  chart,
  first,
  runs,
  slots,
  baseline,
  hovered,
  smoothing,
  logScale,
}: Omit<ChartColumnProps, 'curves'> & { chart: Curves['charts'][number]; first: boolean }) {
  const series = useMemo<LineSeries[]>(() => {
    const names = new Map(runs.map((run) => [run.id, run.name]))
    const focus = hovered !== null && chart.curves.some((curve) => curve.run === hovered)
    return chart.curves.flatMap((curve) => {
      const label = names.get(curve.run)
      if (label === undefined) return []
      const line: LineSeries = {
        label,
        token: `--run-${slots.get(curve.run) ?? 1}`,
        x: curve.x,
        y: smooth(curve.y, smoothing),
        width: curve.run === hovered ? 2.25 : 1.4,
        dimmed: focus && curve.run !== hovered,
      }
      return curve.run === baseline ? [{ ...line, dash: [4, 3] }] : [line]
    })
  }, [chart, runs, slots, baseline, hovered, smoothing])
  const points = chart.curves.reduce((sum, curve) => sum + curve.x.length, 0)
  const said =
    points < chart.total
      ? `${count(points)} of ${count(chart.total)} points`
      : `${series.length} ${series.length === 1 ? 'run' : 'runs'}`
  return (
    <Panel title={chart.metric} fact={first ? said : undefined} wide={first}>
      <LineChart
        name={`${chart.metric} by step, ${series.length} runs`}
        series={series}
        height={first ? 206 : 112}
        syncKey="experiment"
        logScale={logScale}
      />
    </Panel>
  )
}
