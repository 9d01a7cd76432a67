import { duration } from '@millrace/ui/format'
import { Ago } from '@millrace/ui/parts'
import type { ReactNode } from 'react'
import { fieldValue } from '../snapshot/field-value.ts'
import { valueAt, type RunSnapshot } from '../snapshot/run-columns-form.ts'

/** How long a run took. */
export function tookCell(runs: RunSnapshot): (row: number) => ReactNode {
  return (row) => {
    const took = row < 0 ? undefined : fieldValue(runs, 'took', row)
    return <span className="i2">{duration(typeof took === 'number' ? took : null)}</span>
  }
}

/** When a run started. */
export function startedCell(runs: RunSnapshot): (row: number) => ReactNode {
  return (row) => {
    const started = row < 0 ? undefined : valueAt(runs.columns.get('started'), row)
    return typeof started === 'number' ? (
      <span className="i3">
        <Ago atMs={started} />
      </span>
    ) : null
  }
}
