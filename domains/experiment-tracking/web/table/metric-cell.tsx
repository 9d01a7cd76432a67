import { lowerIsBetter, score, signed } from '@millrace/ui/format'
import { Delta } from '@millrace/ui/parts'
import type { ReactNode } from 'react'
import type { Spread } from '../snapshot/group-runs.ts'
import { valueAt, type SnapshotColumn } from '../snapshot/run-columns-form.ts'
import type { RunColumnsInput, SpreadKind } from './run-columns-input.ts'

const none = <span className="i3">·</span>

/** A run's value of a metric, with its difference to the baseline; the best one bold. */
export function metricCell(field: string, { view, runs, baseline }: RunColumnsInput): (row: number) => ReactNode {
  const column = runs.columns.get(field)
  const judged = field === `metrics.${view.judgedBy?.metric ?? ''}`
  const higher = judged ? (view.judgedBy?.higherIsBetter ?? true) : !lowerIsBetter(field)
  const best = judged && column !== undefined ? bestRow(column, view.found?.order ?? new Uint32Array(), higher) : -1
  const against = baseline === null ? undefined : valueAt(column, baseline)
  return (row) => {
    const value = valueAt(column, row)
    if (typeof value !== 'number') return column === undefined ? null : none
    const change = typeof against !== 'number' || row === baseline ? null : value - against
    return (
      <>
        <span className={row === best ? 'best' : ''}>{score(value)}</span>
        {change === null ? null : (
          <Delta
            text={` ${signed(change)}`}
            verdict={change === 0 ? 'same' : change > 0 === higher ? 'better' : 'worse'}
          />
        )}
      </>
    )
  }
}

/** The run with the best finite value; -1 where there is none. */
function bestRow(column: SnapshotColumn, order: Uint32Array, higher: boolean): number {
  let [best, at] = [Number.NaN, -1]
  for (const row of order) {
    const value = valueAt(column, row)
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    if (at < 0 || (higher ? value > best : value < best)) [best, at] = [value, row]
  }
  return at
}

/** What a group's values come to. */
export function spreadCell(spread: Spread | undefined, kind: SpreadKind): ReactNode {
  if (spread === undefined) return none
  if (kind === 'range') return `${score(spread.min)} – ${score(spread.max)}`
  return (
    <>
      {score(spread.mean)}
      {spread.runs === 1 ? null : <span className="i3">&nbsp;± {score(spread.std)}</span>}
    </>
  )
}
