import { LineChart, smooth, type LineSeries } from '@millrace/ui/charts'
import { count, score } from '@millrace/ui/format'
import { Panel } from '@millrace/ui/parts'
import { useMemo } from 'react'
import type { RunChart } from './load-run.ts'
import { metricGroup } from '../run-table.ts'

interface RunChartsProps {
  charts: readonly RunChart[]
  token: string
  name: string
  smoothing: number
}

/** Charts under the prefixes of their metrics. */
export function RunCharts({ charts, ...rest }: RunChartsProps) {
  const groups = useMemo(() => Map.groupBy(charts, (chart) => metricGroup(chart.metric).group), [charts])
  if (charts.length === 0) return <p className="pad i3 t12">No metric over steps to draw.</p>
  return [...groups].map(([group, members]) => (
    <details key={group} className="chart-group" open>
      <summary>
        <h2>{group}</h2>
        <span className="i3">
          {members.length} {members.length === 1 ? 'chart' : 'charts'}
        </span>
      </summary>
      <div className="chart-grid">
        {members.map((chart) => (
          <OneChart key={chart.metric} chart={chart} {...rest} />
        ))}
      </div>
    </details>
  ))
}

function OneChart({ chart, token, name, smoothing }: { chart: RunChart } & Omit<RunChartsProps, 'charts'>) {
  const series = useMemo<LineSeries[]>(() => {
    return [{ label: name, token, x: chart.x, y: smooth(chart.y, smoothing), width: 1.75, points: chart.x.length < 12 }]
  }, [chart, name, token, smoothing])
  return (
    <Panel
      title={chart.metric}
      value={score(chart.last)}
      fact={chart.x.length < chart.total ? `${count(chart.x.length)} of ${count(chart.total)} points` : undefined}
    >
      <LineChart name={`${chart.metric} by step`} series={series} height={118} syncKey="run" />
    </Panel>
  )
}
