import { Skeleton } from '@millrace/ui/parts'
import { useViewState } from '@millrace/ui/shell'
import { useIsPhone } from '@millrace/ui/table'
import { useMemo, useState } from 'react'
import { ChartColumn } from './charts/chart-column.tsx'
import { ExperimentBars, NoMatch, SelectionBar } from './experiment-bars.tsx'
import { experimentState } from './experiment-state.ts'
import type { RunSnapshot } from './snapshot/run-columns-form.ts'
import { FacetRail } from './table/facet-rail.tsx'
import { facetGroups } from './table/facets.ts'
import { RunTablePane } from './table/run-table-pane.tsx'
import { useRunSelection } from './table/use-run-selection.ts'
import { useExperiment } from './use-experiment.ts'
import './experiment.css'

/** An experiment: which runs are best and why. Table and charts share query, hover and selection. */
export function ExperimentPage({ name, base }: { name: string; base: RunSnapshot }) {
  const phone = useIsPhone()
  const [state, change] = useViewState(experimentState)
  const [hovered, setHovered] = useState<string | null>(null)
  const view = useExperiment(name, base, state)
  const { found, data } = view
  const selection = useRunSelection(found, state)
  const facets = useMemo(
    () => facetGroups([...(found?.facets ?? []), ...(data === null ? [] : [data])], state.q),
    [found, data, state.q],
  )
  const withTable = state.view !== 'charts'
  const withCharts = state.view === 'charts' || (state.view !== 'table' && !phone)
  return (
    <>
      <ExperimentBars view={view} base={base} state={state} change={change} />
      <div className={`experiment-work ${withCharts ? 'with-charts' : ''} ${withTable ? '' : 'charts-only'}`}>
        <FacetRail facets={facets} q={state.q} onQuery={(q) => change({ q })} />
        {withTable ? (
          <section className="experiment-table" aria-label="Runs">
            {found === null ? (
              <Skeleton rows={24} />
            ) : found.order.length === 0 ? (
              <NoMatch q={state.q} onClear={() => change({ q: '' })} />
            ) : (
              <RunTablePane
                view={view}
                found={found}
                selection={selection}
                state={state}
                change={change}
                onHover={setHovered}
              />
            )}
            {selection.selected.size === 0 ? null : (
              <SelectionBar chosen={[...selection.selected]} onClear={() => change({ sel: '' })} />
            )}
          </section>
        ) : null}
        {withCharts && found !== null ? (
          <ChartColumn view={view} selection={selection} hovered={hovered} state={state} change={change} />
        ) : null}
      </div>
    </>
  )
}
