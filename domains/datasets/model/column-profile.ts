import type { ColumnProfile, DatasetColumn } from '../contract.ts'
import { binCount, kindOf, quantileLevels } from './profile-sql.ts'

type Cell = unknown
export type ProfileRow = Readonly<Record<string, Cell>>

/** A column's figures from the row of `aggregateSql`, still without histogram and most frequent values. */
export function figuresOf(column: DatasetColumn, index: number, row: ProfileRow, rowCount: number): ColumnProfile {
  const count = numberOf(row[`n${index}`]) ?? 0
  const finite = numberOf(row[`f${index}`]) ?? count
  const estimate = numberOf(row[`d${index}`]) ?? 0
  return {
    name: column.name,
    type: column.type,
    kind: kindOf(column.type),
    count,
    nulls: rowCount - count,
    nonFinite: count - finite,
    distinct: Math.min(count, estimate),
    distinctIsExact: count === 0,
    min: extremeOf(row[`lo${index}`]),
    max: extremeOf(row[`hi${index}`]),
    mean: finiteOf(row[`m${index}`]),
    std: finiteOf(row[`s${index}`]),
    quantiles: quantilesOf(row[`q${index}`]),
    histogram: null,
    topValues: null,
  }
}

/** The lower edge and the width of the bins over [min, max]; a column of one value gets bins of width 1 around it. */
export function binsOf(min: number, max: number): { start: number; width: number } {
  if (max > min && Number.isFinite(max - min)) return { start: min, width: (max - min) / binCount }
  return { start: min - binCount / 2, width: 1 }
}

/** Adds the histogram; `rows` come from `histogramSql`. Where they count distinct values the sum is exact: bins share none. */
export function withHistogram(
  profile: ColumnProfile,
  bins: { start: number; width: number },
  rows: readonly ProfileRow[],
): ColumnProfile {
  const counts = Array.from({ length: binCount }, () => 0)
  let distinct: number | undefined
  for (const row of rows) {
    const bin = numberOf(row['bin']) ?? 0
    counts[bin] = numberOf(row['n']) ?? 0
    const inBin = numberOf(row['d'])
    if (inBin !== undefined) distinct = (distinct ?? 0) + inBin
  }
  const edges = Array.from({ length: binCount + 1 }, (_, index) => bins.start + index * bins.width)
  return {
    ...profile,
    ...(distinct === undefined ? {} : { distinct, distinctIsExact: true }),
    histogram: { edges, counts },
  }
}

/** Adds the most frequent values; `rows` come from `topValuesSql`, whose groups are the exact number of values. */
export function withTopValues(profile: ColumnProfile, rows: readonly ProfileRow[]): ColumnProfile {
  const distinct = numberOf(rows[0]?.['groups']) ?? 0
  const topValues = rows.map((row) => ({ value: String(row['v']), count: numberOf(row['n']) ?? 0 }))
  return { ...profile, distinct, distinctIsExact: true, topValues }
}

function numberOf(cell: Cell): number | undefined {
  if (typeof cell === 'number') return cell
  return typeof cell === 'string' && cell !== '' ? Number(cell) : undefined
}

function finiteOf(cell: Cell): number | null {
  const value = numberOf(cell)
  return value !== undefined && Number.isFinite(value) ? value : null
}

function extremeOf(cell: Cell): number | string | null {
  if (typeof cell === 'string') return cell
  return finiteOf(cell)
}

function quantilesOf(cell: Cell): ColumnProfile['quantiles'] {
  if (!Array.isArray(cell)) return null
  const values = cell.map(finiteOf)
  return values.every((value) => value !== null)
    ? quantileLevels.map((q, index) => ({ q, value: values[index] ?? 0 }))
    : null
}
