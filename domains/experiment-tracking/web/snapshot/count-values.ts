import type { RunSnapshot } from './run-columns-form.ts'

/** How often the values of a column occur, the most frequent first. */
export interface FieldCount {
  readonly field: string
  readonly values: readonly { readonly value: string; readonly runs: number }[]
}

const MOST = 8

/** Counts the texts of a column among some rows; nothing for columns of numbers. */
export function countValues(runs: RunSnapshot, rows: Uint32Array, field: string): FieldCount[] {
  const column = runs.columns.get(field)
  if (column?.type !== 'text') return []
  const counts = new Uint32Array(column.texts.length)
  for (const row of rows) {
    const place = column.places[row] ?? -1
    if (place < counts.length) counts[place] = (counts[place] ?? 0) + 1
  }
  const values = column.texts
    .map((value, place) => ({ value, runs: counts[place] ?? 0 }))
    .filter((each) => each.runs > 0)
  return [{ field, values: values.toSorted((a, b) => b.runs - a.runs).slice(0, MOST) }]
}
