import { serverAddress, useApi, useLoad } from '@millrace/ui/data'
import { count, score } from '@millrace/ui/format'
import { Ago, EmptyState, Loaded, Status } from '@millrace/ui/parts'
import { AppLink, clientSnippets, EntityHead, href, Page } from '@millrace/ui/shell'
import { experimentsTopics, loadExperiments, type ExperimentRow } from './load-experiments.ts'

/** All experiments of the workspace. */
export default function ExperimentsPage() {
  const query = useLoad({ key: ['experiments'], load: loadExperiments, topics: experimentsTopics })
  return (
    <Page crumbs={[{ name: 'Experiments' }]} kind="experiments">
      <EntityHead icon="run" title="Experiments" facts="what was tried and what came out" />
      <Loaded query={query}>
        {({ items }) => (items.length === 0 ? <NoExperiments /> : <ExperimentsTable rows={items} />)}
      </Loaded>
    </Page>
  )
}

function NoExperiments() {
  const api = useApi()
  const snippets = clientSnippets({ url: serverAddress(api), workspace: api.workspace, needsToken: false })
  return (
    <EmptyState title="No runs yet" snippets={snippets} waiting="waiting for the first run">
      Paste this where you train. The first run appears here by itself.
    </EmptyState>
  )
}

function ExperimentsTable({ rows }: { rows: readonly ExperimentRow[] }) {
  return (
    <table className="tbl sec">
      <thead>
        <tr>
          <th>Experiment</th>
          <th className="n">Runs</th>
          <th className="not-phone">Now</th>
          <th className="n">Best</th>
          <th className="n">Last run</th>
          <th className="n not-phone">Created</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>
              <AppLink className="b" to={href('experiments', row.name)}>
                {row.name}
              </AppLink>
            </td>
            <td className="n">{count(row.runs)}</td>
            <td className="not-phone">
              {row.running === 0 ? (
                <span className="i3 t12">idle</span>
              ) : (
                <Status state="live">{`${row.running} running`}</Status>
              )}
            </td>
            <td className="n">
              {row.best === null ? '·' : score(row.best.value)}{' '}
              <span className="i3 t12 not-phone">{row.best?.metric}</span>
            </td>
            <td className="n i3">{row.lastRunAtMs === null ? '·' : <Ago atMs={row.lastRunAtMs} />}</td>
            <td className="n i3 not-phone">
              <Ago atMs={row.createdAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
