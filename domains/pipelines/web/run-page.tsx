import { useAct, useLoad } from '@millrace/ui/data'
import { dayAndClock } from '@millrace/ui/format'
import { Graph } from '@millrace/ui/graph'
import { Button, Confirm, KeyValue, Loaded, PaneHead, Status, useNow } from '@millrace/ui/parts'
import { EntityHead, href, Page, Thread, useViewState, type PageParams } from '@millrace/ui/shell'
import { useMemo, useState } from 'react'
import { Gantt } from './gantt.tsx'
import { cancelRun, loadPipelineRun, runTopics, type PipelineRunView } from './load-run.ts'
import { runLook, stepGraph } from './step-look.ts'
import { StepPane } from './step-pane.tsx'
import './pipeline.css'

const defaults = { step: '' }

export default function PipelineRunRoute({ params }: PageParams) {
  const pipeline = params['pipeline'] ?? ''
  const run = params['run'] ?? ''
  const query = useLoad({
    key: ['pipeline-run', run],
    load: (api, signal) => loadPipelineRun(api, run, signal),
    topics: runTopics,
  })
  const crumbs = [
    { name: 'Pipelines', to: '/pipelines' },
    { name: pipeline, to: href('pipelines', pipeline) },
    { name: query.data === undefined ? run : `#${query.data.run.number}` },
  ]
  return (
    <Page crumbs={crumbs} kind="pipeline-run">
      <Loaded query={query} rows={20}>
        {(view) => <PipelineRunPage view={view} />}
      </Loaded>
    </Page>
  )
}

/** A pipeline run: how far it is, what it reused, why a step failed. */
export function PipelineRunPage({ view: { run, thread } }: { view: PipelineRunView }) {
  const [{ step }, change] = useViewState(defaults)
  const nowMs = useNow()
  const graph = useMemo(() => stepGraph(run.steps), [run.steps])
  const chosen = run.steps.find((each) => each.name === step) ?? telling(run.steps)
  const { state, status } = runLook(run)
  const cached = run.steps.filter((each) => each.cached).length
  const choose = (name: string) => change({ step: name })
  return (
    <>
      <EntityHead
        icon="pipeline"
        title={
          <>
            {run.pipeline} <span className="i3 num">#{run.number}</span>
          </>
        }
        verdict={
          <Status boxed state={state}>
            {status}
          </Status>
        }
        facts={`${run.trigger.reason ?? `${run.trigger.kind} ${run.trigger.id}`}, ${dayAndClock(run.startedAtMs ?? run.createdAtMs, nowMs)}`}
      >
        {run.state === 'running' || run.state === 'queued' ? <Stop run={run} /> : null}
      </EntityHead>
      <Thread stops={thread} />
      <div className="split pipeline-split">
        <div className="col">
          <section aria-label="Steps">
            <PaneHead
              title="Steps"
              fact={cached === 0 ? run.steps.length : `${run.steps.length}, ${cached} from cache`}
            />
            <div className="pipeline-graph">
              <Graph
                name={`Steps of ${run.pipeline} #${run.number}`}
                nodes={graph.nodes}
                edges={graph.edges}
                {...(chosen === undefined ? {} : { selected: chosen.name })}
                onSelect={choose}
              />
            </div>
          </section>
          <Gantt run={run} nowMs={nowMs} chosen={chosen?.name ?? ''} onChoose={choose} />
          <section className="sec" aria-label="Parameters">
            <PaneHead title="Parameters" fact={`version ${run.version}`} />
            <KeyValue
              entries={Object.entries(run.parameters).map(([name, value]) => [name, written(value)] as const)}
            />
          </section>
        </div>
        {chosen === undefined ? <aside /> : <StepPane key={chosen.name} run={run.id} step={chosen} />}
      </div>
    </>
  )
}

/** The step that says most: what failed, what runs, else the longest. */
function telling(steps: PipelineRunView['run']['steps']) {
  const length = (step: (typeof steps)[number]) => (step.endedAtMs ?? 0) - (step.startedAtMs ?? 0)
  return (
    steps.find((step) => step.state === 'failed') ??
    steps.find((step) => step.state === 'running') ??
    steps.toSorted((a, b) => length(b) - length(a))[0]
  )
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function Stop({ run }: { run: PipelineRunView['run'] }) {
  const [asking, ask] = useState(false)
  const act = useAct(cancelRun)
  return (
    <>
      <Button tone="danger" onClick={() => ask(true)}>
        Stop
      </Button>
      <Confirm
        opened={asking}
        title={`Stop ${run.pipeline} #${run.number}?`}
        act="Stop"
        keep="Let it run"
        destructive
        reason="optional"
        busy={act.isPending}
        problem={act.error}
        onClose={() => ask(false)}
        onConfirm={(reason) => act.mutate({ run: run.id, reason }, { onSuccess: () => ask(false) })}
      >
        Steps that ended keep their results; the others do not run.
      </Confirm>
    </>
  )
}
