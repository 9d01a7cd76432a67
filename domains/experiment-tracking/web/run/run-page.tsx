import { useLoad } from '@millrace/ui/data'
import { Button, Dot, Figures, Loaded, SearchField, Segmented, Status } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, Thread, useGo, useViewState, type PageParams } from '@millrace/ui/shell'
import { useMemo } from 'react'
import { ChildRuns } from './child-runs.tsx'
import { loadRun, runTopics, type RunView } from './load-run.ts'
import { MetricTable } from './metric-table.tsx'
import { RunAside } from './run-aside.tsx'
import { RunCharts } from './run-charts.tsx'
import './run.css'

const defaults = { m: '', smooth: '0' }
const smoothings = [
  ['0', 'Raw'],
  ['0.6', '0.6'],
  ['0.9', '0.9'],
] as const

export default function RunRoute({ params }: PageParams) {
  const experiment = params['experiment'] ?? ''
  const run = params['run'] ?? ''
  const query = useLoad({
    key: ['run', run],
    load: (api, signal) => loadRun(api, run, signal),
    topics: runTopics,
  })
  const crumbs = [
    { name: 'Experiments', to: '/experiments' },
    { name: experiment, to: href('experiments', experiment) },
    { name: query.data?.name ?? run },
  ]
  return (
    <Page crumbs={crumbs} kind="run">
      <Loaded query={query} rows={20}>
        {(view) => <RunPage view={view} />}
      </Loaded>
    </Page>
  )
}

/** A run: is it better than the baseline, what changed, where did it go. */
export function RunPage({ view }: { view: RunView }) {
  const go = useGo()
  const [{ m, smooth }, change] = useViewState(defaults)
  const charts = useMemo(() => matching(view.charts, m), [view.charts, m])
  const opens = view.opens
  return (
    <>
      <EntityHead
        icon="run"
        mark={<Dot slot={view.slot} size={12} />}
        title={<span className="mono run-title">{view.name}</span>}
        verdict={
          <Status boxed state={view.state}>
            {view.status}
          </Status>
        }
        facts={view.facts}
      >
        <AppLink className="btn not-phone" to={`${href('experiments', view.experiment)}?base=${view.id}`}>
          Compare with others
        </AppLink>
        {opens === null ? null : (
          <Button tone="primary" icon="model" onClick={() => go.to(opens.to)}>
            Open {opens.name}
          </Button>
        )}
      </EntityHead>
      <Thread stops={view.thread} />
      <div className="split run-split">
        <div>
          {view.figures.length === 0 ? null : <Figures figures={view.figures} />}
          {view.charts.length === 0 ? null : (
            <>
              <div className="row run-bar">
                <span className="run-filter">
                  <SearchField
                    slash
                    label={`Filter ${view.charts.length === 1 ? 'the chart' : `${view.charts.length} charts`} by name or /regex/`}
                    value={m}
                    onChange={(next) => change({ m: next })}
                  />
                </span>
                <span className="push not-phone t12 i3">Smoothing</span>
                <span className="not-phone">
                  <Segmented
                    small
                    label="Smoothing"
                    choices={smoothings}
                    value={smoothings.find(([value]) => value === smooth)?.[0] ?? '0'}
                    onChange={(next) => change({ smooth: next })}
                  />
                </span>
              </div>
              <RunCharts
                charts={charts}
                token={`--run-${Math.max(1, view.slot)}`}
                name={view.name}
                smoothing={Number(smooth)}
              />
            </>
          )}
          <MetricTable metrics={view.metrics} exports={view.exports} />
          <ChildRuns experiment={view.experiment} runs={view.children} />
        </div>
        <RunAside view={view} />
      </div>
    </>
  )
}

/** By part of the name, or by `/regex/`; a regex that is not finished matches nothing by force. */
function matching(charts: RunView['charts'], wanted: string): RunView['charts'] {
  if (wanted === '') return charts
  const pattern = /^\/(.+)\/$/.exec(wanted)?.[1]
  if (pattern === undefined) return charts.filter((chart) => chart.metric.toLowerCase().includes(wanted.toLowerCase()))
  try {
    const regex = new RegExp(pattern, 'i')
    return charts.filter((chart) => regex.test(chart.metric))
  } catch {
    return charts
  }
}
