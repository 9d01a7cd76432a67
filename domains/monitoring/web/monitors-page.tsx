import { Sparkline } from '@millrace/ui/charts'
import { useLoad } from '@millrace/ui/data'
import { percent } from '@millrace/ui/format'
import { Ago, EmptyState, Loaded, Ref, Status } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { loadMonitors, monitorsTopics, type MonitorRow } from './load-monitors.ts'

/** All monitors of the workspace. */
export default function MonitorsPage() {
  const query = useLoad({ key: ['monitors'], load: loadMonitors, topics: monitorsTopics })
  return (
    <Page crumbs={[{ name: 'Monitors' }]} kind="monitors">
      <EntityHead icon="monitor" title="Monitors" facts="is it still right" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No monitors yet"
              snippets={[
                {
                  name: 'YAML',
                  code: 'apiVersion: millrace/v1\nkind: Monitor\nmetadata: { name: flight-delay }\nspec:\n  endpoint: flight-delay\n  reference: datasets:/flights@latest\n  windowMs: 86400000',
                },
              ]}
            >
              A monitor compares live windows of an endpoint with a reference, and joins labels as they arrive. Apply
              this with <code>millrace apply -f</code>.
            </EmptyState>
          ) : (
            <MonitorsTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function MonitorsTable({ rows }: { rows: readonly MonitorRow[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Monitor</th>
          <th>Verdict</th>
          <th className="not-phone">Endpoint</th>
          <th>Quality</th>
          <th className="n not-phone">Labels in</th>
          <th className="n not-phone">Last window</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>
              <AppLink className="b" to={href('monitors', row.name)}>
                {row.name}
              </AppLink>
            </td>
            <td>
              <Status state={row.state}>{row.status}</Status>
            </td>
            <td className="not-phone i2">
              <Ref icon="endpoint" name={row.endpoint} to={href('endpoints', row.endpoint)} />
            </td>
            <td>
              {row.quality.length < 2 ? (
                <span className="i3 t12">few windows</span>
              ) : (
                <Sparkline
                  name={`${row.qualityName} of ${row.name}`}
                  values={row.quality}
                  width={92}
                  token={row.state === 'bad' ? '--bad-mark' : '--water'}
                />
              )}
            </td>
            <td className="n not-phone">{percent(row.coverage)}</td>
            <td className="n i3 not-phone">
              {row.lastWindowToMs === null ? '·' : <Ago atMs={row.lastWindowToMs} zone="UTC" />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
