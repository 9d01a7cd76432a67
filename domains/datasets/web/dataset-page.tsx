import type { DatasetVersion } from '@millrace/datasets/contract'
import { MiniBars } from '@millrace/ui/charts'
import { useLoad } from '@millrace/ui/data'
import { bytes, count, percent } from '@millrace/ui/format'
import { EmptyState, Loaded, PaneHead } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, Thread, useViewState, type PageParams } from '@millrace/ui/shell'
import { DatasetChanges } from './dataset-changes.tsx'
import { DatasetAside } from './dataset-aside.tsx'
import { loadDataset, type ColumnRow, type DatasetView } from './load-dataset.ts'
import { datasetsTopics } from './load-datasets.ts'
import './dataset.css'

export default function DatasetRoute({ params }: PageParams) {
  const dataset = params['dataset'] ?? ''
  const version = params['version'] ?? ''
  const query = useLoad({
    key: ['dataset', dataset, version],
    load: (api, signal) => loadDataset(api, dataset, version, signal),
    topics: datasetsTopics,
  })
  const crumbs = [
    { name: 'Datasets', to: '/datasets' },
    ...(version === '' ? [] : [{ name: dataset, to: href('datasets', dataset) }]),
    { name: version === '' ? dataset : `@${version}` },
  ]
  return (
    <Page crumbs={crumbs} kind="dataset">
      <Loaded query={query} rows={20}>
        {(view) => <DatasetPage view={view} />}
      </Loaded>
    </Page>
  )
}

const defaults = { since: '' }

/** A dataset: what one version holds, column by column, and what came of it. */
export function DatasetPage({ view }: { view: DatasetView }) {
  const chosen = view.chosen
  const [{ since }, change] = useViewState(defaults)
  return (
    <>
      <EntityHead
        icon="dataset"
        title={
          <>
            {view.name}
            {chosen === null ? null : <span className="i3">@{chosen.version}</span>}
          </>
        }
        facts={chosen === null ? view.description : factsOf(chosen)}
      >
        {chosen === null ? null : (
          <AppLink className="btn not-phone" to={href('lineage', 'dataset-version', chosen.id)}>
            Open graph
          </AppLink>
        )}
      </EntityHead>
      <Thread stops={view.thread} />
      {chosen === null ? (
        <EmptyState
          title="No version yet"
          snippets={[{ name: 'CLI', code: `millrace data add data.parquet --name ${view.name}` }]}
          waiting="waiting for the first version"
        />
      ) : (
        <div className="split">
          <div>
            {since === '' || since === chosen.version ? null : <DatasetChanges from={since} to={chosen} />}
            <section aria-label="Columns">
              <PaneHead
                title={view.table === null ? 'Columns' : `Columns of ${view.table}`}
                fact={view.columns.length === 0 ? 'no table among the files' : 'profiled before it was registered'}
              />
              {view.columns.length === 0 ? null : <ColumnsTable columns={view.columns} />}
            </section>
          </div>
          <DatasetAside view={view} chosen={chosen} since={since} onSince={(next) => change({ since: next })} />
        </div>
      )}
    </>
  )
}

function factsOf({ format, fileCount, rowCount, columns, sizeBytes, message }: DatasetVersion): string {
  const held =
    format === 'files'
      ? `${count(fileCount)} files, ${bytes(sizeBytes)}`
      : `${count(rowCount)} rows, ${columns.length} columns, ${bytes(sizeBytes)} ${format}`
  return message === '' ? held : `${held} · ${message}`
}

function ColumnsTable({ columns }: { columns: readonly ColumnRow[] }) {
  return (
    <div className="scroll-x">
      <table className="tbl columns-table">
        <thead>
          <tr>
            <th>Column</th>
            <th className="not-phone">Type</th>
            <th>Values</th>
            <th className="n">Least</th>
            <th className="n not-phone">Mean</th>
            <th className="n">Greatest</th>
            <th className="n not-phone">Distinct</th>
            <th className="n">Missing</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => (
            <tr key={column.name}>
              <td className="b ell" title={column.name}>
                {column.name}
              </td>
              <td className="mono i3 not-phone">{column.type}</td>
              <td>
                {column.bars === null ? (
                  <span className="i3">·</span>
                ) : (
                  <MiniBars name={`Values of ${column.name}`} {...column.bars} />
                )}
              </td>
              <td className="n ell" title={column.low}>
                {column.low}
              </td>
              <td className="n not-phone">{column.middle}</td>
              <td className="n ell" title={column.high}>
                {column.high}
              </td>
              <td className="n not-phone">{column.distinct}</td>
              <td className={column.nulls === 0 ? 'n i3' : 'n'}>{percent(column.nullShare)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
