import { LoopTimeline } from '@millrace/ui/charts'
import { dayRange, duration } from '@millrace/ui/format'
import { Legend, Mark, PaneHead, Stops, StopsHead, Words, Ago } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import type { ReactNode } from 'react'
import { FirstSteps } from '../first-minutes/first-steps.tsx'
import type { Attention, HomeView } from './load-home.ts'
import { PipelineRunsTable, ProductionTable, RunsTable } from './home-tables.tsx'
import './home.css'

const SHOWN = 3
/** With fewer runs than this, and nothing in production, home helps with the first steps. */
const FEW = 2

/** Home: what waits, the loop, production, the latest work. */
export function HomePage({ view, range }: { view: HomeView; range: ReactNode }) {
  return (
    <div className="home">
      <div className="head">
        <h1 className="statement grow">
          <b>{view.lead}</b> <Words>{view.statement}</Words>
        </h1>
        <span className="not-phone">{range}</span>
      </div>
      {view.runs.length < FEW && view.production.length === 0 ? <FirstSteps /> : null}
      <div className="cols hero">
        <TheLoop timeline={view.timeline} />
        <section aria-label="Loops">
          <PaneHead title="Loops" fact={`${view.openLoops.length} open`}>
            <AppLink className="link t12" to="/releases">
              History
            </AppLink>
          </PaneHead>
          <OpenLoops view={view} />
        </section>
      </div>
      <div className="cols halves attention-row">
        <section aria-label="Needs attention">
          <PaneHead title="Needs attention" fact={view.attention.length} />
          {view.attention.length === 0 ? (
            <p className="pad i3 t12">Nothing waits. Alerts, approvals and failed work appear here.</p>
          ) : (
            <AttentionList items={view.attention} />
          )}
        </section>
        <section aria-label="In production">
          <PaneHead
            title="In production"
            fact={`${view.production.length} ${view.production.length === 1 ? 'endpoint' : 'endpoints'}`}
          >
            <AppLink className="link t12" to="/endpoints">
              All endpoints
            </AppLink>
          </PaneHead>
          <ProductionTable rows={view.production} />
        </section>
      </div>
      <div className="cols halves recent">
        <section aria-label="Recent runs">
          <PaneHead title="Recent runs">
            <AppLink className="link t12" to="/experiments">
              Experiments
            </AppLink>
          </PaneHead>
          <RunsTable rows={view.runs} />
        </section>
        <section aria-label="Pipeline runs">
          <PaneHead title="Pipeline runs">
            <AppLink className="link t12" to="/pipelines">
              Pipelines
            </AppLink>
          </PaneHead>
          <PipelineRunsTable rows={view.pipelineRuns} />
        </section>
      </div>
    </div>
  )
}

function TheLoop({ timeline }: { timeline: HomeView['timeline'] }) {
  const chosen = timeline.loops.find((loop) => loop.chosen)
  const items = [
    ...(chosen === undefined ? [] : [{ label: chosen.name, token: '--water' }]),
    ...(timeline.loops.some((loop) => !loop.chosen) ? [{ label: 'other loops', token: '--line-2' }] : []),
  ]
  return (
    <section aria-label="The loop" className="the-loop">
      <PaneHead title="The loop" fact={dayRange(timeline.fromMs, timeline.nowMs)}>
        <Legend items={items} />
      </PaneHead>
      <div className="pad">
        <LoopTimeline {...timeline} />
      </div>
    </section>
  )
}

function OpenLoops({ view }: { view: HomeView }) {
  const { openLoops, lastLoops, closedLoops } = view
  return (
    <>
      <div className="loop-row loop-head">
        <span className="t11 i3">Model</span>
        <StopsHead />
      </div>
      {openLoops.length + lastLoops.length === 0 ? (
        <p className="loop-row i3 t12">No loop is open. An alert, a schedule, new data or a person starts one.</p>
      ) : null}
      {[...openLoops, ...lastLoops].slice(0, SHOWN).map((loop) => (
        <AppLink key={loop.id} className="loop-row" to={loop.to}>
          <span>
            <span className="b ell">{loop.model}</span>
            <span className="t11 i3 num ell">{loop.change}</span>
          </span>
          <Stops figures={loop.figures} at={loop.at} {...(loop.broken === undefined ? {} : { broken: loop.broken })} />
        </AppLink>
      ))}
      <p className="row t12 i3 loop-foot">
        Median loop{' '}
        <b className="num">{closedLoops.medianMs === null ? 'none closed yet' : duration(closedLoops.medianMs)}</b>
        <span className="push num">
          {closedLoops.live} live · {closedLoops.refused} refused · {closedLoops.rolledBack} rolled back
        </span>
      </p>
    </>
  )
}

function AttentionList({ items }: { items: readonly Attention[] }) {
  return (
    <ul className="attention">
      {items.map((item) => (
        <li key={item.id}>
          <Mark state={item.state} size={14} />
          <span className="col">
            <span className="ell">
              <Words>{item.title}</Words>
            </span>
            <span className="t12 i3 ell">{item.why}</span>
          </span>
          <span className="t12 i3 not-phone">
            <Ago atMs={item.atMs} />
          </span>
          <AppLink className={item.mine ? 'btn sm' : 'btn sm quiet'} to={item.to}>
            {item.act}
          </AppLink>
        </li>
      ))}
    </ul>
  )
}
