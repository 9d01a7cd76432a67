import { count } from '@millrace/ui/format'
import { Button, Mark, SearchField, Segmented } from '@millrace/ui/parts'
import type { ExperimentView } from './load-experiment.ts'

/** What of the view stands in the address. */
export const experimentState = { q: '', sort: '-', base: '', sel: '', view: 'table,charts', smooth: '0', log: '' }
export type ExperimentState = Readonly<typeof experimentState>
export type ChangeState = (changes: Partial<ExperimentState>) => void

const views = [
  ['table,charts', 'Table + charts'],
  ['table', 'Table'],
  ['charts', 'Charts'],
] as const

/** The query, and what of the experiment is shown how. */
export function ExperimentBars({
  view,
  state,
  change,
}: {
  view: ExperimentView
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
          placeholder="metrics.val/auc > 0.79 and status != 'failed'"
          value={state.q}
          onChange={(q) => change({ q })}
          fact={`${count(view.matching)} of ${count(view.total)}${view.more ? '+' : ''} runs`}
        />
      </div>
      {view.queryProblem === null ? null : (
        <p className="row t12 bad pad" role="alert">
          <Mark state="bad" /> {view.queryProblem}
        </p>
      )}
      <div className="experiment-bar second">
        <Segmented
          label="View"
          choices={views}
          value={views.find(([id]) => id === state.view)?.[0] ?? 'table,charts'}
          onChange={(next) => change({ view: next })}
        />
        <span className="push" />
        <label className="row t12 i3 nowrap not-phone">
          Smoothing
          <input
            type="range"
            min="0"
            max="0.95"
            step="0.05"
            value={state.smooth}
            onChange={(event) => change({ smooth: event.target.value })}
            aria-label="Smoothing"
          />
          <span className="num">{state.smooth}</span>
        </label>
        <label className="row t12 i3 nowrap not-phone">
          <input
            type="checkbox"
            checked={state.log === 'y'}
            onChange={(event) => change({ log: event.target.checked ? 'y' : '' })}
          />{' '}
          Log y
        </label>
      </div>
    </>
  )
}

/** What one can do with the runs that are selected. */
export function SelectionBar({ count: chosen, onClear }: { count: number; onClear: () => void }) {
  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected runs">
      <b className="sb">{chosen} selected</b>
      <span className="i3 t12">shown in the charts</span>
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
