import { RolloutBar } from '@millrace/ui/charts'
import { useLoad } from '@millrace/ui/data'
import { Loaded, PaneHead, Status, Timeline, Words } from '@millrace/ui/parts'
import { EntityHead, Page, Thread, type PageParams } from '@millrace/ui/shell'
import { AnswersChart } from './answers-chart.tsx'
import { DeploymentsTable } from './deployments-table.tsx'
import { Guardrails } from './guardrails.tsx'
import { endpointTopics, loadAnswers, loadEndpoint, type EndpointView } from './load-endpoint.ts'
import { RolloutPane } from './rollout-pane.tsx'
import { ExperimentsPane } from './traffic/experiments-pane.tsx'
import { RequestLog } from './traffic/request-log.tsx'
import { SeriesPane } from './traffic/series-pane.tsx'
import { ShadowPane } from './traffic/shadow-pane.tsx'
import { CallIt, TryIt } from './try-it.tsx'
import './endpoint.css'

export default function EndpointRoute({ params }: PageParams) {
  const endpoint = params['endpoint'] ?? ''
  const query = useLoad({
    key: ['endpoint', endpoint],
    load: (api, signal) => loadEndpoint(api, endpoint, signal),
    topics: endpointTopics,
    everyMs: 4_000,
  })
  return (
    <Page crumbs={[{ name: 'Endpoints', to: '/endpoints' }, { name: endpoint }]} kind="endpoint">
      <Loaded query={query} rows={20}>
        {(view) => <EndpointPage view={view} />}
      </Loaded>
    </Page>
  )
}

/** An endpoint: how far is the canary, may it go on. */
export function EndpointPage({ view }: { view: EndpointView }) {
  const newest = useLoad({
    key: ['answers', view.name],
    load: (api, signal) => loadAnswers(api, view.name, signal),
    topics: endpointTopics,
  })
  return (
    <>
      <EntityHead
        icon="endpoint"
        title={view.name}
        verdict={
          <Status boxed state={view.state}>
            {view.status}
          </Status>
        }
        facts={<span className="mono">{view.path}</span>}
      />
      <Thread stops={view.thread} />
      {view.rollout === null ? (
        <section className="sec traffic" aria-label="Traffic">
          <PaneHead title="Traffic" fact={view.shadow ?? 'no rollout in progress'} />
          <div className="pad">
            {view.traffic.length === 0 ? (
              <p className="i3 t12">Nothing is deployed; a request answers 503.</p>
            ) : (
              <RolloutBar shares={view.traffic} />
            )}
          </div>
        </section>
      ) : (
        <RolloutPane view={view} rollout={view.rollout} />
      )}
      <DeploymentsTable figures={view.figures} />
      <SeriesPane endpoint={view.name} />
      <ExperimentsPane endpoint={view.name} />
      <ShadowPane endpoint={view.name} />
      <div className="split">
        <div className="col">
          {view.rollout === null ? null : <Guardrails rollout={view.rollout} />}
          <div className={view.rollout === null ? 'cols halves first' : 'cols halves'}>
            <section aria-label="Answers">
              <AnswersChart answers={newest.data?.answers} />
            </section>
            <section aria-label="History">
              <PaneHead title="History" fact="deployments and rollouts" />
              <Timeline entries={view.history.map(({ says, ...rest }) => ({ ...rest, says: <Words>{says}</Words> }))} />
            </section>
          </div>
        </div>
        <aside>
          <TryIt endpoint={view.name} example={newest.data?.lastRow ?? view.example} />
          <CallIt view={view} />
        </aside>
      </div>
      <RequestLog endpoint={view.name} versions={view.versions} />
    </>
  )
}
