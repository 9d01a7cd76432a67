import { count, score } from '@millrace/ui/format'
import { PaneHead } from '@millrace/ui/parts'
import type { MetricRow, RunView } from './load-run.ts'

/** Every metric over all of its points, and the points themselves as files. */
export function MetricTable({ metrics, exports }: Pick<RunView, 'metrics' | 'exports'>) {
  if (metrics.length === 0) return null
  return (
    <section className="sec" aria-label="Metrics">
      <div className="row run-metrics-head">
        <PaneHead title="Metrics" fact={metrics.length} />
        <span className="push t12 i3 nowrap not-phone">
          All points as{' '}
          {exports.map(({ name, url }, at) => (
            <span key={name}>
              {at === 0 ? '' : ' · '}
              <a href={url} download>
                {name}
              </a>
            </span>
          ))}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>Metric</th>
              <th className="n">Last</th>
              <th className="n">Least</th>
              <th className="n">Greatest</th>
              <th className="n not-phone">Mean</th>
              <th className="n not-phone">Points</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <tr key={metric.name}>
                <td className="ell" title={metric.name}>
                  {metric.name}
                </td>
                <td className="n b">{typeof metric.last === 'string' ? metric.last : score(metric.last)}</td>
                <Extreme value={metric.min} step={metric.minStep} metric={metric} />
                <Extreme value={metric.max} step={metric.maxStep} metric={metric} />
                <td className="n not-phone">{score(metric.mean)}</td>
                <td className="n i3 not-phone">{count(metric.points)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** A value and, for a series, the step where it was reached first. */
function Extreme({ value, step, metric }: { value: number | null; step: number | null; metric: MetricRow }) {
  return (
    <td className="n">
      {score(value)}
      {value === null || step === null || metric.points < 2 ? null : (
        <span className="i3 not-phone"> at {count(step)}</span>
      )}
    </td>
  )
}
