import { useLoad } from '@millrace/ui/data'
import { Ago, Loaded, Ref, Status, type State } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { incidentsTopics, loadIncidents, type IncidentRow } from './load-incidents.ts'

/** All incidents, open ones first. */
export default function IncidentsPage() {
  const query = useLoad({ key: ['incidents'], load: loadIncidents, topics: incidentsTopics })
  return (
    <Page crumbs={[{ name: 'Incidents' }]} kind="incidents">
      <EntityHead icon="bell" title="Incidents" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="sec pad i2 none">No incidents. Monitors open them when an alert fires.</p>
          ) : (
            <IncidentsTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function stateOf(row: IncidentRow): State {
  if (row.state === 'open') return row.severity === 'critical' ? 'bad' : 'warn'
  return row.state === 'mitigated' ? 'warn' : 'ok'
}

function IncidentsTable({ rows }: { rows: readonly IncidentRow[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Incident</th>
          <th>State</th>
          <th className="not-phone">Class</th>
          <th className="not-phone">Monitor</th>
          <th className="n">Opened</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <AppLink className="b" to={href('incidents', row.id)}>
                {row.title}
              </AppLink>
            </td>
            <td>
              <Status state={stateOf(row)}>{row.state}</Status>
            </td>
            <td className="not-phone i2">{row.class.replace('_', ' ')}</td>
            <td className="not-phone i2">
              <Ref icon="monitor" name={row.monitor} to={href('monitors', row.monitor)} />
            </td>
            <td className="n i3">
              <Ago atMs={row.openedAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
