import { Bars, LineChart, type LineSeries } from '@millrace/ui/charts'
import { compact, duration, percent } from '@millrace/ui/format'
import { Legend, PaneHead } from '@millrace/ui/parts'
import type { EndpointView, VersionSeries } from './load-endpoint.ts'

type Charts = EndpointView['charts']

function last(series: VersionSeries): number | null {
  return series.y.findLast((value) => value !== null) ?? null
}

function legend(series: readonly VersionSeries[], write: (value: number) => string) {
  return series.map((each) => ({
    label: `${each.label} ${last(each) === null ? '·' : write(last(each) ?? 0)}`,
    token: each.token,
  }))
}

function lines(series: readonly VersionSeries[]): LineSeries[] {
  return series.map((each) => ({ ...each }))
}

/** Requests, latency and errors by version. */
export function TrafficCharts({ charts }: { charts: Charts }) {
  const total = charts.requests.reduce((sum, each) => sum + (last(each) ?? 0), 0)
  const zone = charts.clock === 'event' ? 'UTC' : 'local'
  const empty = charts.requests.every((each) => each.x.length === 0)
  if (empty)
    return (
      <p className="sec pad i3 t12 no-traffic">No request in this time. The last hour with data is one range wider.</p>
    )
  return (
    <div className="cols thirds">
      <section aria-label="Requests per second">
        <header className="chart-head">
          <h3>Requests per second</h3>
          <b className="push num t12">{compact(total)}</b>
        </header>
        <LineChart
          name="Requests per second by version"
          series={lines(charts.requests)}
          stacked
          xKind={zone}
          marks={charts.marks}
          writeY={compact}
          syncKey="endpoint"
        />
      </section>
      <section aria-label="Latency p95">
        <header className="chart-head">
          <h3>Latency p95</h3>
          <span className="push">
            <Legend items={legend(charts.latencyMs, duration)} />
          </span>
        </header>
        <LineChart
          name="Latency p95 by version"
          series={lines(charts.latencyMs)}
          xKind={zone}
          writeY={duration}
          syncKey="endpoint"
          {...(charts.latencyLimitMs === null
            ? {}
            : { limits: [{ value: charts.latencyLimitMs, label: `limit ${duration(charts.latencyLimitMs)}` }] })}
        />
      </section>
      <section aria-label="Errors">
        <header className="chart-head">
          <h3>Errors</h3>
          <span className="push">
            <Legend items={legend(charts.errorShare, percent)} />
          </span>
        </header>
        <LineChart
          name="Share of errors by version"
          series={lines(charts.errorShare)}
          xKind={zone}
          writeY={percent}
          syncKey="endpoint"
          {...(charts.errorLimit === null
            ? {}
            : { limits: [{ value: charts.errorLimit, label: `limit ${percent(charts.errorLimit)}` }] })}
        />
      </section>
    </div>
  )
}

/** How the answers are spread, by version. */
export function AnswersChart({ answers }: { answers: EndpointView['answers'] }) {
  if (answers === null) {
    return (
      <>
        <PaneHead title="Answers" />
        <p className="pad i3 t12">No answer in this time.</p>
      </>
    )
  }
  return (
    <>
      <PaneHead title="Answers" fact="share by score">
        <Legend items={answers.series.map((each) => ({ label: each.label, token: each.token, square: true }))} />
      </PaneHead>
      <div className="pad">
        <Bars
          name="Share of answers by score"
          labels={answers.edges}
          series={answers.series}
          height={182}
          write={percent}
          {...(answers.threshold === null
            ? {}
            : { mark: { at: answers.threshold, label: `threshold ${answers.threshold}` } })}
        />
      </div>
    </>
  )
}
