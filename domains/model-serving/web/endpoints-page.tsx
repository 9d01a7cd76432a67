import { useLoad } from '@millrace/ui/data'
import { compact, count, duration, percent } from '@millrace/ui/format'
import { Alias, EmptyState, Loaded, Ref, Status } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { endpointsTopics, loadEndpoints, type EndpointRow } from './load-endpoints.ts'

/** All endpoints of the workspace. */
export default function EndpointsPage() {
  const query = useLoad({ key: ['endpoints'], load: loadEndpoints, topics: endpointsTopics, everyMs: 10_000 })
  return (
    <Page crumbs={[{ name: 'Endpoints' }]} kind="endpoints">
      <EntityHead icon="endpoint" title="Endpoints" facts="how predictions reach people" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No endpoints yet"
              waiting="waiting for the first deployment"
              snippets={[
                {
                  name: 'YAML',
                  code: 'apiVersion: millrace/v1\nkind: Endpoint\nmetadata: { name: flight-delay }\nspec: { model: flight-delay }',
                },
              ]}
            >
              An endpoint answers for one model; versions change behind it.
            </EmptyState>
          ) : (
            <EndpointsTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function EndpointsTable({ rows }: { rows: readonly EndpointRow[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Endpoint</th>
          <th>State</th>
          <th className="not-phone">Traffic</th>
          <th className="n">Requests</th>
          <th className="n not-phone">p95</th>
          <th className="n not-phone">Errors</th>
          <th className="n not-phone">Predictions</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>
              <AppLink className="b" to={href('endpoints', row.name)}>
                {row.name}
              </AppLink>{' '}
              <span className="not-phone i3 t12">
                <Ref icon="model" name={row.model} to={href('models', row.model)} />
              </span>
            </td>
            <td>
              <Status state={row.state}>{row.status}</Status>
            </td>
            <td className="not-phone">
              <span className="row g1">
                {row.versions.map((version) => (
                  <Alias
                    key={version.name}
                    name={
                      version.role === 'shadow' ? `${version.name} shadow` : `${version.name} ${percent(version.share)}`
                    }
                    stage={version.role}
                  />
                ))}
              </span>
            </td>
            <td className="n">{row.requestsPerSecond === null ? '·' : `${compact(row.requestsPerSecond)} /s`}</td>
            <td className="n not-phone">{duration(row.latencyP95Ms)}</td>
            <td className="n not-phone">{percent(row.errorShare)}</td>
            <td className="n not-phone">{count(row.predictions)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
