import { loadCurve } from '@millrace/experiment-tracking/web'
import { LineChart, type LineSeries } from '@millrace/ui/charts'
import { useLoad } from '@millrace/ui/data'
import { Loaded, Panel } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import type { FirstRun } from './first-steps.tsx'

const topics = ['experiment-tracking']

/** The newest run's first metric, growing while it is logged. */
export default function FirstChart({ run }: { run: FirstRun }) {
  const { metric } = run
  const to = href('experiments', run.experiment, 'runs', run.id)
  const query = useLoad({
    key: ['first-chart', run.id, metric],
    load: (api, signal) =>
      metric === null ? Promise.resolve({ x: [], y: [] }) : loadCurve(api, run.id, metric, signal),
    topics,
  })
  return (
    <div className="pad first-chart">
      <p>
        <AppLink className="link in-text" to={to}>
          {run.name}
        </AppLink>{' '}
        has arrived. {metric === null ? 'It has no metric yet.' : null}
      </p>
      {metric === null ? null : (
        <Panel title={metric}>
          <Loaded query={query} rows={4}>
            {({ x, y }) => {
              const series: LineSeries[] = [
                { label: run.name, token: '--run-1', x, y, width: 1.75, points: x.length < 12 },
              ]
              return <LineChart name={`${metric} by step`} series={series} height={220} syncKey="first" />
            }}
          </Loaded>
        </Panel>
      )}
    </div>
  )
}
