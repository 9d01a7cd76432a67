import { LineChart, smooth, type LineSeries } from '@millrace/ui/charts'
import { count } from '@millrace/ui/format'
import { Panel } from '@millrace/ui/parts'
import { useMemo } from 'react'
import type { Curves } from '../load-experiment.ts'
import type { ShownRun } from '../table/use-run-selection.ts'
import { axisName } from './chart-axis.ts'
import { envelope } from './envelope.ts'
import { PointsTable } from './points-table.tsx'

/** How all charts of the page are drawn. */
export interface ChartLook {
  runs: readonly ShownRun[]
  slots: ReadonlyMap<string, number>
  /** Run that is drawn dashed. */
  baseline: string
  hovered: string | null
  smoothing: number
  logScale: boolean
  /** As the address has it. */
  x: string
  tables: boolean
  onZoom: (range: { from: number; to: number } | null) => void
}

/** One metric of the runs shown; the table is its legend. Smoothing keeps what it leaves out as a band behind the line. */
export function MetricChart({
  chart,
  first,
  look,
}: {
  chart: Curves['charts'][number]
  first: boolean
  look: ChartLook
}) {
  const { runs, slots, baseline, hovered, smoothing } = look
  const lines = useMemo(
    () => chart.curves.map((curve) => ({ ...curve, line: smoothed(curve.y, smoothing) })),
    [chart, smoothing],
  )
  const series = useMemo<LineSeries[]>(() => {
    const names = new Map(runs.map((run) => [run.id, run.name]))
    const focus = hovered !== null && lines.some((curve) => curve.run === hovered)
    return lines.flatMap(({ run, x, line }) => {
      const label = names.get(run)
      if (label === undefined) return []
      const drawn: LineSeries = {
        label,
        token: `--run-${slots.get(run) ?? 1}`,
        x,
        ...line,
        width: run === hovered ? 2.25 : 1.4,
        dimmed: focus && run !== hovered,
      }
      return run === baseline ? [{ ...drawn, dash: [4, 3] }] : [drawn]
    })
  }, [lines, runs, slots, baseline, hovered])
  const points = chart.curves.reduce((sum, curve) => sum + curve.x.length, 0)
  const many = points < chart.total
  const runsSay = `${series.length} ${series.length === 1 ? 'run' : 'runs'}`
  const xName = axisName(look.x)
  const name = `${chart.metric} by ${xName}, ${runsSay}`
  return (
    <Panel
      title={chart.metric}
      fact={many ? `${count(points)} of ${count(chart.total)} points` : first ? runsSay : undefined}
      wide={first}
    >
      <LineChart
        name={name}
        series={series}
        height={first ? 206 : 112}
        xKind={look.x === 'wall' ? 'local' : 'number'}
        xName={xName}
        syncKey={`experiment ${look.x}`}
        logScale={look.logScale}
        onZoom={look.onZoom}
      />
      {look.tables ? <PointsTable name={name} x={xName} series={series} /> : null}
    </Panel>
  )
}

function smoothed(y: readonly (number | null)[], weight: number): Pick<LineSeries, 'y' | 'band'> {
  return weight <= 0 ? { y } : { y: smooth(y, weight), band: envelope(y) }
}
