import type { ShadowReport } from '@millrace/model-serving/contract'
import { orNull, useLoad } from '@millrace/ui/data'
import { count, percent, score } from '@millrace/ui/format'
import { PaneHead } from '@millrace/ui/parts'
import { endpointTopics } from '../load-endpoint.ts'

/** How the answers of shadows differ from those that were given. Nothing where there never was a shadow. */
export function ShadowPane({ endpoint }: { endpoint: string }) {
  const report = useLoad({
    key: ['shadow-report', endpoint],
    load: (api, signal) => {
      const path = `endpoints/${encodeURIComponent(endpoint)}/shadow-report`
      return orNull(api.get<{ shadows: readonly ShadowReport[] }>(path, { signal }))
    },
    topics: endpointTopics,
  })
  const shadows = report.data?.shadows ?? []
  if (shadows.length === 0) return null
  return (
    <section className="sec" aria-label="Shadow">
      <PaneHead title="Shadow" fact="its answers beside those that were given" />
      {shadows.map((shadow) => (
        <div
          className="scroll-x"
          key={shadow.deploymentId}
          tabIndex={0}
          role="region"
          aria-label={`Shadow v${shadow.version}`}
        >
          <p className="pad t12 i2">{said(shadow)}</p>
          <table className="tbl">
            <thead>
              <tr>
                <th>Output of v{shadow.version}</th>
                <th className="n">Equal</th>
                <th className="n">Mean difference</th>
                <th className="n">Greatest difference</th>
                <th className="n">Values</th>
              </tr>
            </thead>
            <tbody>
              {shadow.outputs.map((output) => (
                <tr key={output.name}>
                  <td>{output.name}</td>
                  <td className="n">{output.agreement === null ? '·' : percent(output.agreement)}</td>
                  <td className="n">
                    {output.meanAbsoluteDifference === null ? '·' : score(output.meanAbsoluteDifference)}
                  </td>
                  <td className="n">{score(output.maxAbsoluteDifference)}</td>
                  <td className="n">{count(output.elements)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </section>
  )
}

function said({ version, rows, missed, outputs }: ShadowReport): string {
  const same = outputs.every(({ agreement }) => agreement === 1)
  const verdict = rows === 0 ? 'has answered nothing yet' : same ? 'answers the same' : 'answers differently'
  return `v${version} ${verdict}: ${count(rows)} rows compared, ${count(missed)} requests missed.`
}
