import { href, useGo } from '@millrace/ui/shell'
import { DataTable, useIsPhone, writeSorts } from '@millrace/ui/table'
import { useCallback, useMemo, useState } from 'react'
import type { ChangeState, ExperimentState } from '../experiment-state.ts'
import type { Answered } from '../snapshot/use-answer.ts'
import type { ExperimentView } from '../use-experiment.ts'
import { runColumns } from './run-columns.tsx'
import type { TableRow } from './run-columns-input.ts'
import { toggled, type RunSelection } from './use-run-selection.ts'

export interface RunTablePaneProps {
  view: ExperimentView
  found: Answered
  selection: RunSelection
  state: ExperimentState
  change: ChangeState
  onHover: (id: string | null) => void
}

const CLOSED: ReadonlySet<number> = new Set()

/** All runs found, as rows of which only those in sight exist. */
export function RunTablePane({ view, found, selection, state, change, onHover }: RunTablePaneProps) {
  const go = useGo()
  const phone = useIsPhone()
  const { runs } = found
  const { baseline, slots, hidden, hide, selected } = selection
  const [opened, setOpened] = useState<{ of: string; groups: ReadonlySet<number> }>({ of: '', groups: CLOSED })
  const open = opened.of === state.group ? opened.groups : CLOSED
  const onGroup = useCallback(
    (place: number) =>
      setOpened((now) => ({
        of: state.group,
        groups: new Set(now.of === state.group ? toggledPlace(now.groups, place) : [place]),
      })),
    [state.group],
  )
  const onBaseline = useCallback((id: string) => change({ base: id }), [change])
  const { cols, spread } = state
  const columns = useMemo(
    () =>
      runColumns({
        view,
        runs,
        baseline,
        slots,
        hidden,
        open,
        cols,
        phone,
        onBaseline,
        onGroup,
        spread: spread === 'range' ? 'range' : 'std',
        onDot: hide,
      }),
    [view, runs, baseline, slots, hidden, open, spread, cols, phone, hide, onBaseline, onGroup],
  )
  const rows = useMemo(() => rowsOf(found, baseline, open), [found, baseline, open])
  return (
    <DataTable<TableRow>
      name={`Runs of ${view.name}`}
      rows={rows}
      columns={columns}
      rowKey={(row) => runs.ids[row] ?? `group ${row}`}
      sorts={view.sorts}
      onSorts={(next) => change({ sort: writeSorts(next) })}
      selected={selected}
      onSelect={(id) => change({ sel: toggled(selected, id).join(',') })}
      onHover={onHover}
      onColumns={view.onSight}
      onOpen={(row) =>
        row < 0 ? onGroup(-1 - row) : go.to(href('experiments', view.name, 'runs', runs.ids[row] ?? ''))
      }
      look={(row) => (row < 0 ? 'group' : row === baseline ? 'base' : '')}
    />
  )
}

function toggledPlace(places: ReadonlySet<number>, place: number): number[] {
  return places.has(place) ? [...places].filter((each) => each !== place) : [...places, place]
}

/** Runs with the baseline on top; where there are groups, each with its runs below it when it is open. */
function rowsOf({ order, groups }: Answered, baseline: number | null, open: ReadonlySet<number>): TableRow[] {
  if (groups.length > 0)
    return groups.flatMap((group, place) => (open.has(place) ? [-1 - place, ...group.rows] : [-1 - place]))
  const rows = [...order]
  return baseline === null ? rows : [baseline, ...rows.filter((row) => row !== baseline)]
}
