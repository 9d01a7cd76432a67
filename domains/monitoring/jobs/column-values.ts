import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Analytics } from '@millrace/kernel'
import type { ColumnStatistics } from '../model/column-statistics.ts'
import { comparedQuantiles } from '../model/column-statistics.ts'
import { numberIn } from './cells.ts'
import type { ColumnKind } from './sql-text.ts'
import { identifier, isWhole, literal } from './sql-text.ts'

/**
 * One column to compare with, counted once: a Parquet file of (value, count), nulls included, and its figures. Finite
 * numbers also have `upto`, how many lie at or below, and `previous`, the next smaller value.
 */
export interface ColumnValues {
  readonly path: string
  readonly kind: Exclude<ColumnKind, 'other'>
  readonly statistics: ColumnStatistics
}

/** Where the values come from and what they are counted as. `type` is the log's: 0.1 of a DOUBLE is another number as a FLOAT. */
export interface ColumnOrigin {
  /** What is in the file, for good: a data set version, or a closed window. */
  readonly of: string
  readonly column: string
  readonly type: string
  readonly kind: Exclude<ColumnKind, 'other'>
  /** A table expression that has the column; asked for only where the values were never counted. */
  readonly table: () => Promise<string>
}

/** Raise it when the files' columns change: older files are then not found. */
const layout = 2

/**
 * Keeps counted columns in a folder, so that a reference is read once and not once per window. The folder is a cache:
 * what is missing is counted again.
 */
export function createColumnValues(analytics: Analytics, folder: string) {
  const known = new Map<string, Promise<ColumnValues>>()
  return async (origin: ColumnOrigin): Promise<ColumnValues> => {
    const { of, column, type, kind } = origin
    const key = createHash('sha256')
      .update(JSON.stringify([layout, of, column, type, kind]))
      .digest('hex')
      .slice(0, 40)
    const path = join(folder, `${key}.parquet`)
    const earlier = known.get(key)
    if (earlier !== undefined && (await exists(path))) return earlier
    const counted = count(analytics, path, origin)
    known.set(key, counted)
    counted.catch(() => known.delete(key))
    return counted
  }
}
export type ReadColumnValues = ReturnType<typeof createColumnValues>

async function count(analytics: Analytics, path: string, origin: ColumnOrigin): Promise<ColumnValues> {
  const { column, type, kind } = origin
  if (!(await exists(path))) {
    await mkdir(join(path, '..'), { recursive: true })
    const half = `${path}.${process.pid}.tmp`
    try {
      await analytics.rows(
        `copy (${kind === 'text' ? textCounts(column, await origin.table()) : numberCounts(origin, await origin.table())}) to ${literal(half)} (format parquet)`,
      )
      await rename(half, path)
    } finally {
      await rm(half, { force: true })
    }
  }
  const statistics =
    kind === 'text' ? await textStatistics(analytics, path) : await numberStatistics(analytics, path, type)
  return { path, kind, statistics }
}

function textCounts(column: string, table: string): string {
  return `select ${identifier(column)}::varchar as value, count(*) as count from ${table} group by value order by value`
}

/** First as the log's type, then as what is compared. Finite values also get the count up to them and their predecessor. */
function numberCounts({ column, type }: ColumnOrigin, table: string): string {
  return `with counted as (
    select try_cast(${identifier(column)} as ${type})::double as value, count(*)::double as count from ${table} group by value
  ), ranked as (
    select value, count, sum(count) over (order by value rows unbounded preceding) as upto, lag(value) over (order by value) as previous
    from counted where isfinite(value)
  )
  select * from (
    select * from ranked union all select value, count, null, null from counted where value is null or not isfinite(value)
  ) order by value`
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function textStatistics(analytics: Analytics, path: string): Promise<ColumnStatistics> {
  const [row] = await analytics.rows(
    `select sum(count) as count, sum(count) filter (where value is null) as missing, count(value) as distinct_values
     from read_parquet(${literal(path)})`,
  )
  const [total, missing, distinct] = ['count', 'missing', 'distinct_values'].map((name) => numberIn(row, name))
  return { kind: 'text', count: total ?? 0, missing: missing ?? 0, distinct: distinct ?? 0 }
}

async function numberStatistics(analytics: Analytics, path: string, type: string): Promise<ColumnStatistics> {
  const quantiles = comparedQuantiles.map((q, index) => `min(value) filter (where upto >= ${q} * finite) as q${index}`)
  const [row] = await analytics.rows(`
    with counted as (select * from read_parquet(${literal(path)})),
    ranked as (select * from counted where upto is not null),
    totals as (select sum(count) as finite, sum(value * count) / sum(count) as mean from ranked)
    select (select sum(count) from counted) as count, any_value(finite) as finite, count(*) as distinct_values,
      min(value) as least, max(value) as greatest, any_value(mean) as mean,
      sqrt(sum(count * (value - mean) ** 2) / any_value(finite)) as std, ${quantiles.join(', ')}
    from ranked, totals`)
  const total = numberIn(row, 'count')
  return {
    kind: 'number',
    count: total,
    missing: total - numberIn(row, 'finite'),
    wholeNumbers: isWhole(type),
    distinct: numberIn(row, 'distinct_values'),
    min: numberIn(row, 'least'),
    max: numberIn(row, 'greatest'),
    mean: numberIn(row, 'mean'),
    std: numberIn(row, 'std'),
    quantiles: comparedQuantiles.map((_, index) => numberIn(row, `q${index}`)),
  }
}
