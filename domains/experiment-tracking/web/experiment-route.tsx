import { useLoad } from '@millrace/ui/data'
import { Loaded } from '@millrace/ui/parts'
import { Page, type PageParams } from '@millrace/ui/shell'
import { ExperimentPage } from './experiment-page.tsx'
import { experimentTopics } from './load-experiment.ts'
import { loadColumns } from './snapshot/load-snapshot.ts'
import { valueAt, type RunSnapshot } from './snapshot/run-columns-form.ts'

export default function ExperimentRoute({ params }: PageParams) {
  const experiment = params['experiment'] ?? ''
  const query = useLoad({
    key: ['run-columns', experiment],
    load: (api, signal) => loadColumns(api, experiment, [], signal),
    topics: experimentTopics,
  })
  const running = query.data === undefined ? 0 : runningOf(query.data)
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
        {(runs) => <ExperimentPage key={experiment} name={experiment} base={runs} />}
      </Loaded>
    </Page>
  )
}

function runningOf({ ids, columns }: RunSnapshot): number {
  const status = columns.get('status')
  return ids.filter((_id, row) => valueAt(status, row) === 'running').length
}
