import type { FieldValue } from '@millrace/contract/query'
import { valueAt, type RunSnapshot } from './run-columns-form.ts'

/** A column's value, and what follows from several: how long a run took. */
export function fieldValue(runs: RunSnapshot, field: string | null, row: number): FieldValue {
  if (field === null) return undefined
  if (field === 'id') return runs.ids[row]
  if (field !== 'took') return valueAt(runs.columns.get(field), row)
  const [started, ended] = ['started', 'ended'].map((each) => valueAt(runs.columns.get(each), row))
  return typeof started === 'number' && typeof ended === 'number' ? Math.max(0, ended - started) : undefined
}
