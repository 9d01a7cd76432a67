import { useLoad } from '@millrace/ui/data'
import { Loaded } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, Thread, type PageParams } from '@millrace/ui/shell'
import { IncidentPane } from './incident-pane.tsx'
import { incidentsTopics, loadIncident } from './load-incidents.ts'
import './monitor.css'

export default function IncidentPage({ params }: PageParams) {
  const incident = params['incident'] ?? ''
  const query = useLoad({
    key: ['incident', incident],
    load: (api, signal) => loadIncident(api, incident, signal),
    topics: incidentsTopics,
  })
  return (
    <Page crumbs={[{ name: 'Incidents', to: '/incidents' }, { name: query.data?.title ?? incident }]} kind="incident">
      <Loaded query={query}>
        {(view) => (
          <>
            <EntityHead icon="bell" title={view.title}>
              <AppLink className="btn" to={href('monitors', view.monitor)}>
                Open monitor
              </AppLink>
            </EntityHead>
            <Thread stops={view.thread} />
            <div className="sec incident-alone">
              <IncidentPane incident={view} calm="" />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  )
}
