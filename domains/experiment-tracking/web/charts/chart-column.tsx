import { useLoad } from '@millrace/ui/data'
import { Skeleton } from '@millrace/ui/parts'
import { useShortcuts } from '@millrace/ui/shell'
import { useCallback, useMemo, useState } from 'react'
import type { ChangeState, ExperimentState } from '../experiment-state.ts'
import { experimentTopics, loadCurves } from '../load-experiment.ts'
import type { RunSelection } from '../table/use-run-selection.ts'
import type { ExperimentView } from '../use-experiment.ts'
import { axisOf } from './chart-axis.ts'
import { ChartBar } from './chart-bar.tsx'
import { MetricChart, type ChartLook } from './metric-chart.tsx'

const NO_METRICS: readonly string[] = []

export interface ChartColumnProps {
  view: ExperimentView
  selection: RunSelection
  hovered: string | null
  state: ExperimentState
  change: ChangeState
}

/** One chart for each metric; a zoom on one is a zoom on all, and is fetched anew at the resolution of the screen. */
export function ChartColumn({ view, selection, hovered, state, change }: ChartColumnProps) {
  const { shown, slots } = selection
  const [tables, setTables] = useState(false)
  const onTables = useCallback(() => setTables((now) => !now), [])
  useShortcuts(useMemo(() => [{ keys: 't', says: 'Tables behind the charts', act: onTables }], [onTables]))
  const axis = useMemo(() => axisOf(state), [state])
  const runs = shown.map((run) => run.id)
  const judged = view.judgedBy?.metric ?? null
  const curves = useLoad({
    key: ['curves', runs.join(), judged, state.panels, state.x, state.zoom],
    load: (api, signal) => loadCurves(api, { runs, judged, panels: state.panels, axis }, signal),
    topics: experimentTopics,
  })
  const onZoom = useCallback(
    (range: { from: number; to: number } | null) => {
      // The server counts relative time in milliseconds.
      const scale = state.x === 'time' ? 1000 : 1
      change({ zoom: range === null ? '' : `${range.from * scale}..${range.to * scale}` })
    },
    [change, state.x],
  )
  const look: ChartLook = {
    runs: shown,
    slots,
    hovered,
    tables,
    onZoom,
    baseline: state.base,
    x: state.x,
    smoothing: Number(state.smooth),
    logScale: state.log === 'y',
  }
  const data = curves.data
  return (
    <aside className="experiment-charts" aria-label="Charts">
      <h2 className="sr-only">Charts</h2>
      <ChartBar
        state={state}
        change={change}
        metrics={data?.metrics ?? NO_METRICS}
        tables={tables}
        onTables={onTables}
      />
      {curves.isError && data === undefined ? <p className="t12 bad">{curves.error.message}</p> : null}
      {data === undefined && !curves.isError ? <Skeleton rows={8} /> : null}
      {data?.charts.length === 0 ? (
        <p className="i3 t12">
          {state.panels === '' ? 'The runs shown have logged no metric over steps.' : 'No metric has such a name.'}
        </p>
      ) : null}
      {data?.charts.map((chart, at) => (
        <MetricChart key={chart.metric} chart={chart} first={at === 0} look={look} />
      ))}
    </aside>
  )
}
