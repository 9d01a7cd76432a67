import type { Dataset } from '@millrace/datasets/contract'
import { useLoad } from '@millrace/ui/data'
import { count } from '@millrace/ui/format'
import { Ago, EmptyState, Loaded, Ref } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { datasetsTopics, loadDatasets } from './load-datasets.ts'

/** All datasets of the workspace. */
export default function DatasetsPage() {
  const query = useLoad({ key: ['datasets'], load: loadDatasets, topics: datasetsTopics })
  return (
    <Page crumbs={[{ name: 'Datasets' }]} kind="datasets">
      <EntityHead icon="dataset" title="Datasets" facts="what models learn from and are judged by" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No datasets yet"
              waiting="waiting for the first version"
              snippets={[{ name: 'CLI', code: 'millrace data add flights.parquet --name flights --time-column date' }]}
            >
              A version never changes: its files lie here under their digests, with a profile of every column.
            </EmptyState>
          ) : (
            <DatasetsTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function DatasetsTable({ rows }: { rows: readonly Dataset[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Dataset</th>
          <th className="not-phone">About</th>
          <th>Newest version</th>
          <th className="n">Versions</th>
          <th className="n not-phone">Created</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <AppLink className="b" to={href('datasets', row.name)}>
                {row.name}
              </AppLink>
            </td>
            <td className="i2 ell not-phone">{row.description}</td>
            <td>
              {row.latestVersion === null ? (
                <span className="i3">none yet</span>
              ) : (
                <Ref
                  icon="dataset"
                  name={`@${row.latestVersion}`}
                  to={href('datasets', row.name, 'versions', row.latestVersion)}
                />
              )}
            </td>
            <td className="n">{count(row.versions)}</td>
            <td className="n i3 not-phone">
              <Ago atMs={row.createdAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
