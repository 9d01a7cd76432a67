import { compact, count, duration, percent } from '@millrace/ui/format'
import { Alias, PaneHead } from '@millrace/ui/parts'
import type { EndpointView } from './load-endpoint.ts'

/** How each version answers: traffic, errors and latencies side by side. */
export function DeploymentsTable({ figures }: { figures: EndpointView['figures'] }) {
  if (figures === null)
    return (
      <p className="sec pad i3 t12 no-traffic">The data plane does not answer just now; it starts again by itself.</p>
    )
  if (figures.length === 0) return null
  return (
    <section className="sec" aria-label="Versions">
      <PaneHead title="Versions" fact="since the data plane started; the rate is of the last ten seconds" />
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>Version</th>
              <th className="n">Share</th>
              <th className="n">Now</th>
              <th className="n not-phone">Requests</th>
              <th className="n not-phone">Rows</th>
              <th className="n">Errors</th>
              <th className="n not-phone">p50</th>
              <th className="n">p95</th>
              <th className="n not-phone">p99</th>
            </tr>
          </thead>
          <tbody>
            {figures.map((each) => (
              <tr key={`${each.name}:${each.role}`}>
                <td>
                  <span className="row">
                    <b className="b num">{each.name}</b> <Alias name={each.role} stage={each.role} />
                  </span>
                </td>
                <td className="n">{each.role === 'shadow' ? 'copy' : percent(each.share)}</td>
                <td className="n">{compact(each.requestsPerSecond)} /s</td>
                <td className="n not-phone">{count(each.requests)}</td>
                <td className="n not-phone">{count(each.rows)}</td>
                <td className="n">{percent(each.errorShare)}</td>
                <td className="n not-phone">{duration(each.p50Ms)}</td>
                <td className="n">{duration(each.p95Ms)}</td>
                <td className="n not-phone">{duration(each.p99Ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
