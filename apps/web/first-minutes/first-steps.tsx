import { serverAddress, useApi, useLoad, type Api } from '@millrace/ui/data'
import { Button, EmptyState, Loaded, PaneHead } from '@millrace/ui/parts'
import { AppLink, clientSnippets, href } from '@millrace/ui/shell'
import { lazy, Suspense, useMemo } from 'react'
import { DemoButton } from './demo/demo-button.tsx'
import { startTour, tourIsOffered } from './tour/tour-state.ts'
import './first-minutes.css'

const FirstChart = lazy(() => import('./first-chart.tsx'))
const topics = ['experiment-tracking']

export interface FirstRun {
  id: string
  name: string
  experiment: string
  metric: string | null
}

interface FirstStepsView {
  run: FirstRun | null
  needsToken: boolean
}

interface RunFound {
  id: string
  name: string
  experiment: string
  metrics: Readonly<Record<string, number>>
}

async function loadFirstSteps(api: Api, signal: AbortSignal): Promise<FirstStepsView> {
  const [runs, session] = await Promise.all([
    api.post<{ items: readonly RunFound[] }>('runs/search', { limit: 1 }, { signal }),
    api.get<{ methods: readonly string[] }>('session', { scope: 'server', signal }),
  ])
  const run = runs.items[0]
  return {
    needsToken: !session.methods.includes('local'),
    run: run === undefined ? null : { ...run, metric: Object.keys(run.metrics)[0] ?? null },
  }
}

/** The first minutes: what to paste, and, as soon as something arrives, the first chart in its place. */
export function FirstSteps() {
  const query = useLoad({ key: ['first-steps'], load: loadFirstSteps, topics, everyMs: 5_000 })
  return (
    <section className="first-steps" aria-label="First steps">
      <PaneHead title="First steps">
        {tourIsOffered() ? (
          <Button small onClick={startTour}>
            Take the tour
          </Button>
        ) : null}
        <AppLink className="btn sm quiet" to="/docs">
          Documentation
        </AppLink>
      </PaneHead>
      <Loaded query={query} rows={6}>
        {({ run, needsToken }) =>
          run === null ? (
            <Paste needsToken={needsToken} />
          ) : (
            <Suspense>
              <FirstChart run={run} />
            </Suspense>
          )
        }
      </Loaded>
      <div className="row wrap pad demo-offer">
        <DemoButton />
        <span className="t12 i3">150 real flowers, eight runs trained in this page. Removed as easily.</span>
      </div>
    </section>
  )
}

function Paste({ needsToken }: { needsToken: boolean }) {
  const api = useApi()
  const snippets = useMemo(
    () => clientSnippets({ url: serverAddress(api), workspace: api.workspace, needsToken }),
    [api, needsToken],
  )
  return (
    <EmptyState title="Log your first run" snippets={snippets} waiting="waiting for the first point">
      Paste this where you train. The first chart appears here by itself.{' '}
      {needsToken ? (
        <AppLink className="link in-text" to={href('settings', 'tokens')}>
          Make a token
        </AppLink>
      ) : null}
    </EmptyState>
  )
}
