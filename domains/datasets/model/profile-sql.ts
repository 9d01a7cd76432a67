import type { ColumnProfile, DatasetColumn, TableFormat } from '../contract.ts'

/** Bins of a histogram, and entries of a list of most frequent values. */
export const binCount = 20
export const topCount = 20
/** Columns aggregated by one statement: wide tables are read in slices, so that memory stays bounded. */
export const columnsPerStatement = 40
/** Up to here a figure is exact; beyond it a sketch with bounded memory takes its place. */
export const exactDistinctLimit = 10_000
export const exactQuantileRows = 1_000_000
export const quantileLevels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const

/** Writes a text as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Writes a name as a SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The table function that reads files of one format. */
export function sourceOf(format: TableFormat, paths: readonly string[], options: { gzipped: boolean }): string {
  const list = `[${paths.map(literal).join(', ')}]`
  if (format === 'parquet') return `read_parquet(${list}, union_by_name = true)`
  // The whole file decides a column's type, so that a late row cannot break what an early one promised.
  const compression = options.gzipped ? 'gzip' : 'none'
  if (format === 'jsonl')
    return `read_json(${list}, format = 'newline_delimited', union_by_name = true, sample_size = -1, compression = '${compression === 'none' ? 'uncompressed' : compression}')`
  return `read_csv(${list}, header = true, skip = 0, strict_mode = true, sample_size = -1, union_by_name = true, compression = '${compression}')`
}

/** What kind of figures a DuckDB type has. */
export function kindOf(type: string): ColumnProfile['kind'] {
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return 'number'
  if (/^(TIMESTAMP|DATE)/.test(type)) return 'time'
  if (type === 'BOOLEAN') return 'boolean'
  return /^(VARCHAR|ENUM|UUID|TIME|INTERVAL)/.test(type) ? 'text' : 'other'
}

/** A column as finite doubles: times as epoch milliseconds, NaN and infinities as NULL. */
export function numericValue(column: DatasetColumn): string {
  const name = identifier(column.name)
  if (kindOf(column.type) === 'time') return `case when isfinite(${name}) then epoch_ms(${name}) end::double`
  const finite = /^(FLOAT|DOUBLE)/.test(column.type) ? `case when isfinite(${name}) then ${name} end` : name
  return `${finite}::double`
}

/** Its extremes, in the form the profile shows. */
function extreme(column: DatasetColumn, pick: 'min' | 'max'): string {
  const name = identifier(column.name)
  const kind = kindOf(column.type)
  if (kind === 'other') return 'null'
  if (kind === 'text' || kind === 'boolean') return `left(${pick}(${name}::varchar), 200)`
  return /INT/.test(column.type) ? `${pick}(${name})` : `${pick}(${numericValue(column)})`
}

/** One statement with the figures of a slice of columns; answers one row with `rows` and `n0, d0, lo0, hi0, m0, s0, q0, …`. */
export function aggregateSql(source: string, columns: readonly DatasetColumn[], rowCount: number): string {
  const parts = columns.flatMap((column, index) => {
    const name = identifier(column.name)
    const always = [
      `count(${name}) as n${index}`,
      `${extreme(column, 'min')} as lo${index}`,
      `${extreme(column, 'max')} as hi${index}`,
    ]
    if (kindOf(column.type) === 'other') return always
    const distinct = `approx_count_distinct(${name}) as d${index}`
    return isNumeric(column) ? [...always, distinct, ...numericFigures(column, index, rowCount)] : [...always, distinct]
  })
  return `select ${parts.join(', ')} from ${source}`
}

function numericFigures(column: DatasetColumn, index: number, rowCount: number): string[] {
  const value = numericValue(column)
  const quantile = rowCount > exactQuantileRows ? 'approx_quantile' : 'quantile_cont'
  return [
    `count(${value}) as f${index}`,
    `avg(${value}) as m${index}`,
    `stddev_samp(${value}) as s${index}`,
    `${quantile}(${value}, [${quantileLevels.join(', ')}]) as q${index}`,
  ]
}

/** True for columns whose figures are numbers: numbers and times. */
export function isNumeric(column: DatasetColumn): boolean {
  return ['number', 'time'].includes(kindOf(column.type))
}

/** Counts per bin of [min, max]; `$1` is min, `$2` the width of a bin. With `exact`, `d` counts each bin's distinct values. */
export function histogramSql(source: string, column: DatasetColumn, exact: boolean): string {
  const distinct = exact ? `, count(distinct x) as d` : ''
  return `select least(${binCount - 1}, greatest(0, floor((x - $1) / $2)))::integer as bin, count(*) as n${distinct}
    from (select ${numericValue(column)} as x from ${source}) where x is not null group by bin order by bin`
}

/** The most frequent values, each row with the number of all groups. */
export function topValuesSql(source: string, column: DatasetColumn): string {
  const name = identifier(column.name)
  // Grouped by its place: a name would mean a column of the data that is called so.
  return `select left(v, 200) as v, n, count(*) over () as groups
    from (select ${name}::varchar as v, count(*) as n from ${source} where ${name} is not null group by 1)
    order by n desc, v limit ${topCount}`
}
