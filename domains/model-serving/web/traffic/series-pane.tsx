import type { SeriesPoint } from '@millrace/model-serving/contract'
import { LineChart, type LineSeries } from '@millrace/ui/charts'
import { useLoad } from '@millrace/ui/data'
import { compact, duration, percent } from '@millrace/ui/format'
import { Loaded, PaneHead, Panel, Segmented } from '@millrace/ui/parts'
import { useViewState } from '@millrace/ui/shell'
import { endpointTopics } from '../load-endpoint.ts'

const HOUR_MS = 3_600_000
const spans = [
  ['1', '1 h'],
  ['6', '6 h'],
  ['24', '24 h'],
  ['168', '7 days'],
] as const
const defaults = { hours: '1' }

/** What an endpoint did over time: requests, errors and latencies by version, minute by minute. */
export function SeriesPane({ endpoint }: { endpoint: string }) {
  const [{ hours }, change] = useViewState(defaults)
  const span = spans.find(([id]) => id === hours)?.[0] ?? '1'
  const series = useLoad({
    key: ['endpoint-series', endpoint, span],
    load: (api, signal) => {
      const query = { fromMs: Date.now() - Number(span) * HOUR_MS }
      const path = `endpoints/${encodeURIComponent(endpoint)}/series`
      return api.get<{ points: readonly SeriesPoint[] }>(path, { query, signal })
    },
    topics: endpointTopics,
    everyMs: 30_000,
  })
  return (
    <section className="sec" aria-label="Over time">
      <PaneHead title="Over time" fact="by the minute, kept for a week">
        <Segmented small label="Span" choices={spans} value={span} onChange={(next) => change({ hours: next })} />
      </PaneHead>
      <Loaded query={series} rows={4}>
        {({ points }) =>
          new Set(points.map(({ atMs }) => atMs)).size < 2 ? (
            <p className="pad i3 t12">
              {points.length === 0
                ? 'No request in this span.'
                : 'Only one minute has requests; the lines begin with the next.'}
            </p>
          ) : (
            <div className="cols thirds pad">
              <Over title="Requests per second" points={points} lines={[['', ({ rate }) => rate]]} write={compact} />
              <Over title="Errors" points={points} lines={[['', errorShare]]} write={percent} />
              <Over
                title="Latency, p50 and p99"
                points={points}
                lines={[
                  ['p99', ({ latencyMs }) => latencyMs?.p99 ?? null],
                  ['p50', ({ latencyMs }) => latencyMs?.p50 ?? null],
                ]}
                write={duration}
              />
            </div>
          )
        }
      </Loaded>
    </section>
  )
}

const errorShare = ({ requests, errors }: SeriesPoint) => (requests === 0 ? null : errors / requests)

interface OverProps {
  title: string
  points: readonly SeriesPoint[]
  lines: readonly (readonly [name: string, value: (point: SeriesPoint) => number | null])[]
  write: (value: number) => string
}

function Over({ title, points, lines, write }: OverProps) {
  const versions = [...Map.groupBy(points, ({ version }) => version)].toSorted(([a], [b]) => b - a)
  const series = versions.flatMap(([version, own], at) =>
    lines.map(([name, value], line): LineSeries => ({
      label: name === '' ? `v${version}` : `v${version} ${name}`,
      token: `--run-${(at % 12) + 1}`,
      x: own.map(({ atMs }) => atMs),
      y: own.map(value),
      points: own.length < 3,
      ...(line === 0 || lines.length === 1 ? {} : { dash: [4, 3] }),
    })),
  )
  return (
    <Panel title={title}>
      <LineChart
        name={`${title} by time, ${versions.map(([version]) => `v${version}`).join(', ')}`}
        series={series}
        xKind="local"
        syncKey="endpoint"
        writeY={write}
      />
    </Panel>
  )
}
