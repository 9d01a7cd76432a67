import { runColours } from '@millrace/ui/charts'
import { useCallback, useMemo, useState } from 'react'
import type { Answered } from '../snapshot/use-answer.ts'
import { valueAt } from '../snapshot/run-columns-form.ts'

const SHOWN = 8
const NOTHING = new Uint32Array()

/** A run in the charts. */
export interface ShownRun {
  id: string
  name: string
}

/** Which runs are on top, chosen and in the charts. */
export interface RunSelection {
  /** Row of the snapshot; null when there is none or it is gone. */
  baseline: number | null
  selected: ReadonlySet<string>
  hidden: ReadonlySet<string>
  /** In the charts now. */
  shown: readonly ShownRun[]
  slots: ReadonlyMap<string, number>
  hide: (id: string) => void
}

/** The charts take what is selected, else the first few. */
export function useRunSelection(found: Answered | null, asked: { base: string; sel: string }): RunSelection {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const { base, sel } = asked
  const runs = found?.runs
  const rowOf = useMemo(() => new Map(runs?.ids.map((id, row) => [id, row])), [runs])
  const selected = useMemo(() => new Set(sel.split(',').filter(Boolean)), [sel])
  const order = found?.order ?? NOTHING
  const charted = useMemo(() => {
    const first = Array.from(order.subarray(0, SHOWN), (row) => runs?.ids[row] ?? '')
    const chosen = selected.size > 0 ? [...selected].filter((id) => rowOf.has(id)) : first
    return base === '' || chosen.includes(base) || !rowOf.has(base) ? chosen : [base, ...chosen]
  }, [order, runs, selected, base, rowOf])
  const slots = useMemo(() => runColours(charted), [charted])
  const shown = useMemo(
    () =>
      charted
        .filter((id) => !hidden.has(id))
        .map((id) => ({ id, name: String(valueAt(runs?.columns.get('name'), rowOf.get(id) ?? -1) ?? id) })),
    [charted, hidden, runs, rowOf],
  )
  const hide = useCallback((id: string) => setHidden((now) => new Set(toggled(now, id))), [])
  return { baseline: rowOf.get(base) ?? null, selected, hidden, shown, slots, hide }
}

/** The members of a set with one put in or taken out. */
export function toggled(set: ReadonlySet<string>, id: string): string[] {
  return set.has(id) ? [...set].filter((each) => each !== id) : [...set, id]
}
