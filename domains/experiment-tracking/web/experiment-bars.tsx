import { count } from '@millrace/ui/format'
import { Button, Mark, SearchField, Segmented } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import type { ChangeState, ExperimentState } from './experiment-state.ts'
import { SavedViews } from './saved-views.tsx'
import type { RunSnapshot } from './snapshot/run-columns-form.ts'
import { TableBar } from './table/table-bar.tsx'
import type { ExperimentView, QueryProblem } from './use-experiment.ts'

const views = [
  ['table,charts', 'Table + charts'],
  ['table', 'Table'],
  ['charts', 'Charts'],
] as const

/** The query, and what of the experiment is shown how. */
export function ExperimentBars({
  view,
  base,
  state,
  change,
}: {
  view: ExperimentView
  base: RunSnapshot
  state: ExperimentState
  change: ChangeState
}) {
  return (
    <>
      <div className="experiment-bar">
        <SearchField
          slash
          mono
          icon="filter"
          label="Filter runs"
          placeholder="min(metrics.loss) < 0.2 and (params.model in (net, tree) or started > -7d)"
          value={state.q}
          onChange={(q) => change({ q })}
          fact={said(view, base.ids.length)}
        />
      </div>
      {view.queryProblem === null ? null : <QueryFault problem={view.queryProblem} />}
      {view.problem === null ? null : (
        <p className="row t12 bad pad" role="alert">
          <Mark state="bad" /> Some columns could not be fetched. {view.problem.message}
        </p>
      )}
      <div className="experiment-bar second">
        <Segmented
          label="View"
          choices={views}
          value={views.find(([id]) => id === state.view)?.[0] ?? 'table,charts'}
          onChange={(next) => change({ view: next })}
        />
        <SavedViews experiment={view.name} state={state} change={change} />
        <TableBar view={view} state={state} change={change} />
      </div>
    </>
  )
}

function said({ found }: ExperimentView, total: number): string {
  return found === null ? '' : `${count(found.order.length)} of ${count(total)} runs`
}

/** What is wrong with the query, with the piece that is not understood underlined. */
function QueryFault({ problem: { query, message, span } }: { problem: QueryProblem }) {
  return (
    <div className="query-fault t12 pad" role="alert">
      <span className="row bad">
        <Mark state="bad" /> {message} All runs are shown.
      </span>
      {span === null ? null : (
        <code className="mono">
          {query.slice(0, span.start)}
          <mark>{query.slice(span.start, Math.max(span.end, span.start + 1)) || '\u00A0'}</mark>
          {query.slice(Math.max(span.end, span.start + 1))}
        </code>
      )}
    </div>
  )
}

/** What one can do with the runs that are selected. */
export function SelectionBar({ chosen, onClear }: { chosen: readonly string[]; onClear: () => void }) {
  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected runs">
      <b className="sb">{chosen.length} selected</b>
      <span className="i3 t12">shown in the charts</span>
      {chosen.length === 2 ? (
        <AppLink className="btn sm" to={`/compare?runs=${chosen.join(',')}`}>
          Compare
        </AppLink>
      ) : null}
      <Button small tone="quiet" icon="cross" aria-label="Clear selection" onClick={onClear} />
    </div>
  )
}

/** An empty table: nothing yet, or a filter that nothing passes. */
export function NoMatch({ q, onClear }: { q: string; onClear: () => void }) {
  return (
    <div className="notice">
      <h2 className="sb">{q === '' ? 'No run yet' : 'No run matches'}</h2>
      {q === '' ? (
        <p className="i2 t12">The first run appears here by itself.</p>
      ) : (
        <Button small onClick={onClear}>
          Remove the filter
        </Button>
      )}
    </div>
  )
}
