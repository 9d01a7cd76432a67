import type { Release } from '@millrace/delivery/contract'
import { useLoad } from '@millrace/ui/data'
import { duration } from '@millrace/ui/format'
import { Ago, EmptyState, Loaded, Ref, Status } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { loadReleases, releaseStatus, releaseTopics } from './load-releases.ts'

/** All releases of the workspace, the newest first. */
export default function ReleasesPage() {
  const query = useLoad({ key: ['releases'], load: loadReleases, topics: releaseTopics })
  return (
    <Page crumbs={[{ name: 'Releases' }]} kind="releases">
      <EntityHead icon="retry" title="Releases" facts="each change of a model on its way to production" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No releases yet"
              waiting="waiting for the first release"
              snippets={[{ name: 'CLI', code: 'millrace releases start POLICY --reason "first model"' }]}
            >
              An alert, new data, a schedule or a person starts one. It trains, validates, asks, rolls out, and says how
              it ended.
            </EmptyState>
          ) : (
            <ReleasesTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function ReleasesTable({ rows }: { rows: readonly Release[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Release</th>
          <th>State</th>
          <th>Version</th>
          <th className="not-phone">How it stands</th>
          <th className="n not-phone">Took</th>
          <th className="n">Started</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <AppLink className="b" to={href('releases', row.id)}>
                {row.policy}
              </AppLink>{' '}
              <span className="i3 num">#{row.number}</span>
            </td>
            <td>
              <Status state={releaseStatus(row).state}>{releaseStatus(row).status}</Status>
            </td>
            <td>
              {row.version === null ? (
                <span className="i3">none</span>
              ) : (
                <Ref icon="model" name={`v${row.version}`} to={`${href('models', row.model)}?version=${row.version}`} />
              )}
            </td>
            <td className="i2 not-phone">
              <span className="sentence ell" title={row.sentence}>
                {row.sentence}
              </span>
            </td>
            <td className="n not-phone">{duration(row.endedAtMs === null ? null : row.endedAtMs - row.createdAtMs)}</td>
            <td className="n i3">
              <Ago atMs={row.createdAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
