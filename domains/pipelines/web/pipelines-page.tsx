import { useLoad } from '@millrace/ui/data'
import { count, duration } from '@millrace/ui/format'
import { Ago, EmptyState, Loaded, Status, StepBar } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { loadPipelines, pipelinesTopics, type PipelineRow } from './load-pipelines.ts'
import { runLook, stepLook, tookMs } from './step-look.ts'

/** All pipelines of the workspace. */
export default function PipelinesPage() {
  const query = useLoad({ key: ['pipelines'], load: loadPipelines, topics: pipelinesTopics })
  return (
    <Page crumbs={[{ name: 'Pipelines' }]} kind="pipelines">
      <EntityHead icon="pipeline" title="Pipelines" facts="the steps from data to a model, and when they run" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No pipelines yet"
              waiting="waiting for the first pipeline"
              snippets={[
                {
                  name: 'YAML',
                  code: 'apiVersion: millrace/v1\nkind: Pipeline\nmetadata: { name: train }\nspec: { module: ./pipeline.ts }',
                },
              ]}
            >
              A pipeline is a TypeScript module. Apply this with <code>millrace apply -f</code>.
            </EmptyState>
          ) : (
            <PipelinesTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function PipelinesTable({ rows }: { rows: readonly PipelineRow[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Pipeline</th>
          <th>Last run</th>
          <th className="not-phone">Steps</th>
          <th className="n not-phone">Took</th>
          <th className="n">Runs</th>
          <th className="n not-phone">Version</th>
          <th className="n">Started</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>
              <AppLink className="b" to={href('pipelines', row.name)}>
                {row.name}
              </AppLink>
            </td>
            <LastRun last={row.last} />
            <td className="n">{count(row.runs)}</td>
            <td className="n not-phone">v{row.version}</td>
            <td className="n i3">
              {row.last === null ? '·' : <Ago atMs={row.last.startedAtMs ?? row.last.createdAtMs} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function LastRun({ last }: { last: PipelineRow['last'] }) {
  if (last === null)
    return (
      <>
        <td className="i3">not run yet</td>
        <td className="not-phone i3">·</td>
        <td className="not-phone i3">·</td>
      </>
    )
  const { state, status } = runLook(last)
  return (
    <>
      <td>
        <AppLink className="link num" to={href('pipelines', last.pipeline, 'runs', last.id)}>
          #{last.number}
        </AppLink>{' '}
        <Status state={state}>{status}</Status>
      </td>
      <td className="not-phone">
        <StepBar steps={last.steps.map((step) => stepLook(step).cell)} label={status} />
      </td>
      <td className="n not-phone">{duration(tookMs(last))}</td>
    </>
  )
}
