import { useAct, useLoad } from '@millrace/ui/data'
import { duration } from '@millrace/ui/format'
import { Graph } from '@millrace/ui/graph'
import { Ago, Button, Chip, Loaded, Mark, PaneHead, Status, StepBar } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, useGo, type PageParams } from '@millrace/ui/shell'
import { loadPipeline, startRun, type PipelineView } from './load-pipeline.ts'
import { pipelinesTopics } from './load-pipelines.ts'
import { runLook, stepLook, tookMs } from './step-look.ts'
import './pipeline.css'

export default function PipelineRoute({ params }: PageParams) {
  const pipeline = params['pipeline'] ?? ''
  const query = useLoad({
    key: ['pipeline', pipeline],
    load: (api, signal) => loadPipeline(api, pipeline, signal),
    topics: pipelinesTopics,
  })
  return (
    <Page crumbs={[{ name: 'Pipelines', to: '/pipelines' }, { name: pipeline }]} kind="pipeline">
      <Loaded query={query} rows={20}>
        {(view) => <PipelinePage view={view} />}
      </Loaded>
    </Page>
  )
}

/** A pipeline: its steps, and how its runs went. */
export function PipelinePage({ view }: { view: PipelineView }) {
  const go = useGo()
  const act = useAct(startRun)
  return (
    <>
      <EntityHead
        icon="pipeline"
        title={view.name}
        verdict={<Chip>v{view.version}</Chip>}
        facts={<span className="mono">{view.module}</span>}
      >
        <Button
          icon="right"
          disabled={act.isPending}
          onClick={() =>
            act.mutate(view.name, { onSuccess: (run) => go.to(href('pipelines', view.name, 'runs', run.id)) })
          }
        >
          Run now
        </Button>
      </EntityHead>
      {act.error === null ? null : (
        <p className="row t12 bad pad" role="alert">
          <Mark state="bad" />
          {act.error.message}
        </p>
      )}
      <section className="sec" aria-label="Steps">
        <PaneHead title="Steps" fact={view.graph.nodes.length} />
        <div className="pipeline-graph">
          <Graph
            name={`Steps of ${view.name}`}
            nodes={view.graph.nodes}
            edges={view.graph.edges}
            onSelect={() => undefined}
          />
        </div>
      </section>
      <RunsTable runs={view.runs} />
    </>
  )
}

function RunsTable({ runs }: { runs: PipelineView['runs'] }) {
  return (
    <section className="sec" aria-label="Runs">
      <PaneHead title="Runs" fact={runs.length === 0 ? 'none yet' : runs.length} />
      {runs.length === 0 ? null : (
        <table className="tbl">
          <thead>
            <tr>
              <th>Run</th>
              <th>State</th>
              <th>Steps</th>
              <th className="not-phone">Set off by</th>
              <th className="n">Took</th>
              <th className="n not-phone">Started</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <td>
                  <AppLink className="b num" to={href('pipelines', run.pipeline, 'runs', run.id)}>
                    #{run.number}
                  </AppLink>{' '}
                  <span className="i3 t12 not-phone">v{run.version}</span>
                </td>
                <td>
                  <Status state={runLook(run).state}>{runLook(run).status}</Status>
                </td>
                <td>
                  <StepBar steps={run.steps.map((step) => stepLook(step).cell)} label={runLook(run).status} />
                </td>
                <td className="not-phone i2 ell">{run.trigger.reason ?? `${run.trigger.kind} ${run.trigger.id}`}</td>
                <td className="n">{duration(tookMs(run))}</td>
                <td className="n i3 not-phone">
                  <Ago atMs={run.startedAtMs ?? run.createdAtMs} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
