import { Button } from '@millrace/ui/parts'
import { useGo } from '@millrace/ui/shell'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { endTour, tourShown, watchTour } from './tour-state.ts'

const stops = [
  {
    to: '/',
    title: 'The loop at a glance',
    says: 'Home says what waits for you, which loops are open and how production is. Everything else is one step away.',
  },
  {
    to: '/experiments',
    title: 'Runs and why one is best',
    says: 'An experiment shows its runs as a table and as charts at once. Write a query, group, pin a baseline, compare.',
  },
  {
    to: '/models',
    title: 'From a run to a version',
    says: 'A version carries its evidence: run, data, code, checks and approvals. Aliases say which one answers.',
  },
  {
    to: '/endpoints',
    title: 'Into production, step by step',
    says: 'A canary takes traffic in steps while guardrails judge it, and goes back by itself when one fails.',
  },
  {
    to: '/monitors',
    title: 'Watched by its own data',
    says: 'Drift, quality and performance per window. An alert can start the next training: then the loop is closed.',
  },
  {
    to: '/lineage',
    title: 'Why this answer?',
    says: 'From any prediction back to its data, from any data set on to everything it touched. Ctrl K finds all of it.',
  },
] as const

/** A walk through the product, beside the pages themselves. It can be left at any step, for ever. */
export function Tour() {
  const shown = useSyncExternalStore(watchTour, tourShown)
  return shown ? <TourCard /> : null
}

function TourCard() {
  const go = useGo()
  const [at, setAt] = useState(0)
  const stop = stops[at] ?? stops[0]
  const last = at === stops.length - 1
  const card = useRef<HTMLElement>(null)
  useEffect(() => card.current?.querySelector('button')?.focus(), [])
  const move = (next: number) => {
    setAt(next)
    const to = stops[next]?.to
    if (to !== undefined) go.to(to)
  }
  return (
    <aside className="tour" aria-label="Tour" ref={card}>
      <h2>{stop.title}</h2>
      <p className="i2" aria-live="polite">
        {stop.says}
      </p>
      <footer className="row">
        <Button tone="primary" small onClick={() => (last ? endTour() : move(at + 1))}>
          {last ? 'End the tour' : 'Next'}
        </Button>
        {at === 0 ? null : (
          <Button small onClick={() => move(at - 1)}>
            Back
          </Button>
        )}
        {last ? null : (
          <Button small tone="quiet" onClick={endTour}>
            Skip for ever
          </Button>
        )}
        <span className="push i3 t11 num">
          {at + 1} of {stops.length}
        </span>
      </footer>
    </aside>
  )
}
