import { fieldValue } from './field-value.ts'
import type { SortKey } from './order-runs.ts'
import type { NumberColumn, RunSnapshot } from './run-columns-form.ts'

/** What the values of a group's runs in one column come to; `std` is the sample's and 0 for one run. NaN is left out. */
export interface Spread {
  readonly runs: number
  readonly mean: number
  readonly std: number
  readonly min: number
  readonly max: number
}

export interface RunGroup {
  /** One for each field grouped by; null where the runs have none. */
  readonly values: readonly (string | number | null)[]
  /** Its runs, in order. */
  readonly rows: Uint32Array
  /** By numeric column. */
  readonly spreads: ReadonlyMap<string, Spread>
}

/** Rows that agree in all fields stand together. Groups stand by the mean of the sorted column, else as their first runs do. */
export function groupRuns(
  runs: RunSnapshot,
  order: Uint32Array,
  fields: readonly string[],
  sort: SortKey | null,
): RunGroup[] {
  const members = new Map<string, { values: (string | number | null)[]; rows: number[] }>()
  for (const row of order) {
    const values = fields.map((field) => fieldValue(runs, field, row) ?? null)
    const key = JSON.stringify(values.map((value) => (value === null ? [] : String(value))))
    const group = members.get(key)
    if (group === undefined) members.set(key, { values, rows: [row] })
    else group.rows.push(row)
  }
  const numeric = [...runs.columns.values()].filter((column) => column.type === 'number')
  const groups = [...members.values()].map(({ values, rows }) => ({
    values,
    rows: Uint32Array.from(rows),
    spreads: new Map(numeric.flatMap((column) => spreadOf(column, rows))),
  }))
  if (sort === null) return groups
  const mean = (group: RunGroup) => group.spreads.get(sort.id)?.mean
  if (groups.every((group) => mean(group) === undefined)) return groups
  return groups.toSorted((a, b) => byMean(mean(a), mean(b), sort.descending))
}

function byMean(a: number | undefined, b: number | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return descending ? b - a : a - b
}

/** Welford's running mean and sum of squares, so that great values do not lose their differences. */
function spreadOf({ field, values, has }: NumberColumn, rows: readonly number[]): [string, Spread][] {
  let [runs, mean, squares, min, max] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    const value = values[row]
    if (has[row] !== 1 || value === undefined || Number.isNaN(value)) continue
    runs += 1
    const step = value - mean
    mean += step / runs
    squares += step * (value - mean)
    if (value < min) min = value
    if (value > max) max = value
  }
  return runs === 0 ? [] : [[field, { runs, mean, std: runs === 1 ? 0 : Math.sqrt(squares / (runs - 1)), min, max }]]
}
