import { valueAt, type RunSnapshot, type SnapshotColumn } from './run-columns-form.ts'

export interface SortKey {
  readonly id: string
  readonly descending: boolean
}

/**
 * Rows in the order of several columns, the first first. Runs without a value stand last in both directions, NaN before
 * them; texts that read as numbers stand by number. Equal runs keep their order.
 */
export function orderRuns(runs: RunSnapshot, rows: Uint32Array, sort: readonly SortKey[]): Uint32Array {
  const keys = sort.map(({ id, descending }) => ({ ranks: ranksOf(runs, id), sign: descending ? -1 : 1 }))
  if (keys.length === 0) return rows
  return rows.toSorted((a, b) => {
    for (const { ranks, sign } of keys) {
      const compared = compare(ranks[a] ?? Number.NaN, ranks[b] ?? Number.NaN, sign)
      if (compared !== 0) return compared
    }
    return a - b
  })
}

// Infinity stands for a NaN that was logged, NaN for no value at all; infinite values are drawn in by one step.
function compare(a: number, b: number, sign: number): number {
  const [noA, noB] = [restOf(a), restOf(b)]
  if (noA !== noB || noA > 0) return noA - noB
  return a === b ? 0 : a < b ? -sign : sign
}

function restOf(rank: number): number {
  return Number.isNaN(rank) ? 2 : rank === Number.POSITIVE_INFINITY ? 1 : 0
}

/** A number for each run by which it can be sorted. */
function ranksOf(runs: RunSnapshot, field: string): Float64Array {
  if (field === 'took') return tookOf(runs)
  const column = runs.columns.get(field)
  if (column === undefined) return new Float64Array(runs.ids.length).fill(Number.NaN)
  return column.type === 'text' ? textRanks(column) : numberRanks(column)
}

function numberRanks({ values, has }: Extract<SnapshotColumn, { type: 'number' }>): Float64Array {
  return values.map((value, row) => {
    if (has[row] !== 1) return Number.NaN
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.min(Number.MAX_VALUE, value)
  })
}

function tookOf(runs: RunSnapshot): Float64Array {
  const [started, ended] = [runs.columns.get('started'), runs.columns.get('ended')]
  return Float64Array.from(runs.ids, (_id, row) => Number(valueAt(ended, row)) - Number(valueAt(started, row)))
}

const collator = new Intl.Collator('en', { numeric: true })

function textRanks({ texts, places }: Extract<SnapshotColumn, { type: 'text' }>): Float64Array {
  const numbers = texts.map((text) => (text.trim() === '' ? Number.NaN : Number(text)))
  const sorted = [...texts.keys()].toSorted((a, b) => textOrder(a, b, numbers, texts))
  const rank = new Float64Array(texts.length)
  for (const [at, place] of sorted.entries()) {
    const before = sorted[at - 1]
    // Texts of one number, as 10 and 1e1, stand equal.
    const same = before !== undefined && textOrder(before, place, numbers, texts) === 0
    rank[place] = same ? (rank[before] ?? 0) : at
  }
  return Float64Array.from(places, (place) => rank[place] ?? Number.NaN)
}

function textOrder(a: number, b: number, numbers: readonly number[], texts: readonly string[]): number {
  const [left, right] = [numbers[a] ?? Number.NaN, numbers[b] ?? Number.NaN]
  const [noLeft, noRight] = [Number.isNaN(left), Number.isNaN(right)]
  if (noLeft !== noRight) return Number(noLeft) - Number(noRight)
  if (!noLeft) return left - right
  return collator.compare(texts[a] ?? '', texts[b] ?? '')
}
