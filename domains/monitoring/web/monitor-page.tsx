import { useLoad } from '@millrace/ui/data'
import { dayRange } from '@millrace/ui/format'
import { Loaded, PaneHead, Segmented, Status } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, Thread, useViewState, type PageParams } from '@millrace/ui/shell'
import { Bars, HeatLegend } from '@millrace/ui/charts'
import { percent } from '@millrace/ui/format'
import { Legend } from '@millrace/ui/parts'
import { DriftTable } from './drift-table.tsx'
import { IncidentPane } from './incident-pane.tsx'
import { loadMonitor, monitorTopics, type MonitorView } from './load-monitor.ts'
import { PerformanceChart } from './performance-chart.tsx'
import { QualityChecks } from './quality-checks.tsx'
import './monitor.css'

const defaults = { range: '14', feature: '' }
const ranges = [
  ['7', '7 windows'],
  ['14', '14'],
  ['30', '30'],
  ['90', '90'],
] as const

export default function MonitorRoute({ params }: PageParams) {
  const monitor = params['monitor'] ?? ''
  const [{ range, feature }, change] = useViewState(defaults)
  const query = useLoad({
    key: ['monitor', monitor, range, feature],
    load: (api, signal) => loadMonitor(api, monitor, range, feature, signal),
    topics: monitorTopics,
  })
  const chosen = ranges.find(([value]) => value === range)?.[0] ?? '14'
  const actions = (
    <span className="not-phone">
      <Segmented
        small
        label="Windows shown"
        choices={ranges}
        value={chosen}
        onChange={(next) => change({ range: next })}
      />
    </span>
  )
  return (
    <Page crumbs={[{ name: 'Monitors', to: '/monitors' }, { name: monitor }]} kind="monitor" actions={actions}>
      <Loaded query={query} rows={20}>
        {(view) => <MonitorPage view={view} onFeature={(next) => change({ feature: next })} />}
      </Loaded>
    </Page>
  )
}

/** A monitor: what drifted, does it hurt, who answers. */
export function MonitorPage({ view, onFeature }: { view: MonitorView; onFeature: (feature: string) => void }) {
  const first = view.windows[0]
  const last = view.windows.at(-1)
  const span =
    first === undefined || last === undefined
      ? 'no window yet'
      : `one column a window, ${dayRange(first.fromMs, last.toMs - 1, 'UTC')} ${new Date(last.fromMs).getUTCFullYear()}`
  return (
    <>
      <EntityHead
        icon="monitor"
        title={view.name}
        verdict={
          <Status boxed state={view.state}>
            {view.verdict}
          </Status>
        }
        facts={
          <>
            reference:{' '}
            <AppLink className="link" to={view.reference.to}>
              {view.reference.name}
            </AppLink>
          </>
        }
      >
        <AppLink className="btn" to={href('endpoints', view.endpoint)}>
          Open endpoint
        </AppLink>
      </EntityHead>
      <Thread stops={view.thread} />
      <div className="split monitor-split">
        <div className="col">
          <section aria-label="Drift">
            <PaneHead title="Drift" fact={span}>
              <span className="not-phone">
                <HeatLegend />
              </span>
            </PaneHead>
            <DriftTable view={view} onFeature={onFeature} />
          </section>
          <FeatureChart feature={view.feature} />
          <PerformanceChart performance={view.performance} />
        </div>
        <aside>
          <IncidentPane incident={view.incident} calm={view.calm} />
          <QualityChecks checks={view.checks} window={last ?? null} />
        </aside>
      </div>
    </>
  )
}

function FeatureChart({ feature }: { feature: MonitorView['feature'] }) {
  if (feature === null) return null
  const series = [
    { label: 'reference', token: '--ref', values: feature.reference },
    { label: feature.currentLabel, token: '--cur', values: feature.current },
  ]
  return (
    <section className="sec" aria-label={`Distribution of ${feature.name}`}>
      <PaneHead
        title={feature.name}
        fact={<Legend items={series.map((each) => ({ label: each.label, token: each.token, square: true }))} />}
      >
        <span className="i3 t12 not-phone">{feature.says}</span>
      </PaneHead>
      <div className="pad">
        <Bars
          name={`${feature.name}, reference and ${feature.currentLabel}`}
          labels={feature.labels}
          series={series}
          flagged={feature.flagged}
          write={percent}
          height={140}
        />
      </div>
    </section>
  )
}
