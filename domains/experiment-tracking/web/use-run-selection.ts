import { runColours } from '@millrace/ui/charts'
import { useCallback, useMemo, useState } from 'react'
import type { ExperimentView, RunRow } from './load-experiment.ts'
import { sortRuns } from './run-table.ts'

const SHOWN = 8

/** Which runs are in the table, in which order, and which of them are in the charts. */
export interface RunSelection {
  rows: readonly RunRow[]
  baseline: RunRow | null
  selected: ReadonlySet<string>
  hidden: ReadonlySet<string>
  /** In the charts now. */
  shown: readonly RunRow[]
  slots: ReadonlyMap<string, number>
  hide: (id: string) => void
}

/** Runs sorted, with the baseline on top; the charts take what is selected, else the first few. */
export function useRunSelection(
  view: ExperimentView,
  asked: { sort: { id: string; descending: boolean } | null; base: string; sel: string },
): RunSelection {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const { sort, base, sel } = asked
  const baseline = view.runs.find((run) => run.id === base) ?? null
  const rows = useMemo(() => baselineFirst(sortRuns(view.runs, sort), baseline), [view.runs, sort, baseline])
  const selected = useMemo(() => new Set(sel.split(',').filter(Boolean)), [sel])
  const charted = useMemo(() => chartedRuns(rows, selected, baseline), [rows, selected, baseline])
  const slots = useMemo(() => runColours(charted.map((run) => run.id)), [charted])
  const hide = useCallback((id: string) => setHidden((now) => new Set(toggled(now, id))), [])
  return { rows, baseline, selected, hidden, shown: charted.filter((run) => !hidden.has(run.id)), slots, hide }
}

/** The members of a set with one put in or taken out. */
export function toggled(set: ReadonlySet<string>, id: string): string[] {
  return set.has(id) ? [...set].filter((each) => each !== id) : [...set, id]
}

function baselineFirst(rows: readonly RunRow[], baseline: RunRow | null): RunRow[] {
  return baseline === null ? [...rows] : [baseline, ...rows.filter((run) => run.id !== baseline.id)]
}

function chartedRuns(rows: readonly RunRow[], selected: ReadonlySet<string>, baseline: RunRow | null): RunRow[] {
  const chosen = selected.size > 0 ? rows.filter((run) => selected.has(run.id)) : rows.slice(0, SHOWN)
  return baseline === null || chosen.includes(baseline) ? chosen : [baseline, ...chosen]
}
