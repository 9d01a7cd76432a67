import { useLoad } from '@millrace/ui/data'
import { href, useGo, useViewState } from '@millrace/ui/shell'
import { DataTable, parseSort, useIsPhone, writeSort } from '@millrace/ui/table'
import { useCallback, useMemo, useState } from 'react'
import { ChartColumn } from './chart-column.tsx'
import { ExperimentBars, NoMatch, SelectionBar } from './experiment-bars.tsx'
import { experimentState } from './experiment-state.ts'
import { FacetRail } from './facet-rail.tsx'
import { facetGroups } from './facets.ts'
import { experimentTopics, loadCurves, type ExperimentView } from './load-experiment.ts'
import { runColumns } from './run-columns.tsx'
import { toggled, useRunSelection } from './use-run-selection.ts'
import './experiment.css'

/** An experiment: which runs are best and why. Table and charts share query, hover and selection. */
export function ExperimentPage({ view }: { view: ExperimentView }) {
  const go = useGo()
  const phone = useIsPhone()
  const [state, change] = useViewState(experimentState)
  const [hovered, setHovered] = useState<string | null>(null)
  const { judgedBy, name } = view
  const judgedSort = judgedBy === null ? '' : `${judgedBy.higherIsBetter ? '-' : ''}metrics.${judgedBy.metric}`
  const sort = useMemo(() => parseSort(state.sort === '-' ? judgedSort : state.sort), [state.sort, judgedSort])
  const { rows, baseline, selected, hidden, shown, slots, hide } = useRunSelection(view, {
    sort,
    base: state.base,
    sel: state.sel,
  })
  const select = useCallback((id: string) => change({ sel: toggled(selected, id).join(',') }), [selected, change])
  const setBaseline = useCallback((id: string) => change({ base: id }), [change])
  const columns = useMemo(
    () => runColumns({ view, baseline, slots, hidden, phone, onDot: hide, onBaseline: setBaseline }),
    [view, baseline, slots, hidden, phone, hide, setBaseline],
  )
  const facets = useMemo(() => facetGroups(view.facets, state.q), [view.facets, state.q])
  const ids = shown.map((run) => run.id)
  const curves = useLoad({
    key: ['curves', name, ids.join()],
    load: (api, signal) => loadCurves(api, shown, judgedBy?.metric ?? null, signal),
    topics: experimentTopics,
  })
  const withTable = state.view !== 'charts'
  const nothingToDraw = curves.data?.charts.length === 0
  const withCharts = state.view === 'charts' || (state.view !== 'table' && !phone && !nothingToDraw)
  return (
    <>
      <ExperimentBars view={view} state={state} change={change} />
      <div className={`experiment-work ${withCharts ? 'with-charts' : ''} ${withTable ? '' : 'charts-only'}`}>
        <FacetRail facets={facets} q={state.q} onQuery={(q) => change({ q })} />
        {withTable ? (
          <section className="experiment-table" aria-label="Runs">
            {rows.length === 0 ? (
              <NoMatch q={state.q} onClear={() => change({ q: '' })} />
            ) : (
              <DataTable
                name={`Runs of ${name}`}
                rows={rows}
                columns={columns}
                rowKey={(run) => run.id}
                total={view.matching}
                sort={sort}
                onSort={(next) => change({ sort: writeSort(next) })}
                selected={selected}
                onSelect={select}
                onHover={setHovered}
                onOpen={(run) => go.to(href('experiments', name, 'runs', run.id))}
                look={(run) => (run.id === baseline?.id ? 'base' : '')}
              />
            )}
            {selected.size === 0 ? null : <SelectionBar chosen={[...selected]} onClear={() => change({ sel: '' })} />}
          </section>
        ) : null}
        {withCharts ? (
          <ChartColumn
            curves={curves.data ?? null}
            runs={shown}
            slots={slots}
            baseline={baseline?.id ?? null}
            hovered={hovered}
            smoothing={Number(state.smooth)}
            logScale={state.log === 'y'}
          />
        ) : null}
      </div>
    </>
  )
}
