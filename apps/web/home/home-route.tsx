import { useLoad } from '@millrace/ui/data'
import { Loaded, Segmented } from '@millrace/ui/parts'
import { Page, useViewState } from '@millrace/ui/shell'
import { HomePage } from './home-page.tsx'
import { homeTopics, loadHome, type HomeRange } from './load-home.ts'

const defaults = { range: '7d' }
const ranges: readonly (readonly [HomeRange, string])[] = [
  ['24h', '24 h'],
  ['7d', '7 days'],
  ['30d', '30 days'],
]

export default function HomeRoute() {
  const [{ range }, change] = useViewState(defaults)
  const query = useLoad({
    key: ['home', range],
    load: (api, signal) => loadHome(api, range, signal),
    topics: homeTopics,
    everyMs: 30_000,
  })
  const chosen = ranges.find(([value]) => value === range)?.[0] ?? '7d'
  return (
    <Page crumbs={[{ name: 'Home' }]} kind="home">
      <Loaded query={query} rows={20}>
        {(view) => (
          <HomePage
            view={view}
            range={
              <Segmented label="Time" choices={ranges} value={chosen} onChange={(next) => change({ range: next })} />
            }
          />
        )}
      </Loaded>
    </Page>
  )
}
