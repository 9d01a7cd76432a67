import { useLoad } from '@millrace/ui/data'
import { Loaded } from '@millrace/ui/parts'
import { Page, useViewState, type PageParams } from '@millrace/ui/shell'
import { ExperimentPage } from './experiment-page.tsx'
import { parseSort } from '@millrace/ui/table'
import { experimentTopics, loadExperiment } from './load-experiment.ts'

const defaults = { q: '', sort: '-' }

export default function ExperimentRoute({ params }: PageParams) {
  const experiment = params['experiment'] ?? ''
  const [{ q, sort }] = useViewState(defaults)
  const query = useLoad({
    key: ['experiment', experiment, q, sort],
    load: (api, signal) => loadExperiment(api, experiment, { q, sort: sort === '-' ? null : parseSort(sort) }, signal),
    topics: experimentTopics,
  })
  const running = query.data?.running ?? 0
  return (
    <Page
      crumbs={[{ name: 'Experiments', to: '/experiments' }, { name: experiment }]}
      kind="experiment"
      wide
      fixed
      headless
      live={running === 0 ? 'Live' : `${running} running`}
    >
      <Loaded query={query} rows={24}>
        {(view) => <ExperimentPage view={view} />}
      </Loaded>
    </Page>
  )
}
