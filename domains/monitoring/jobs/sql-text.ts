/** A text as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name as a SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A number as a DOUBLE, to the last bit: a plain `0.1` would be read as a DECIMAL. */
export function double(value: number): string {
  return `'${value}'::double`
}

/** Parquet files whose columns may differ, as a table. */
export function parquetOf(paths: readonly string[]): string {
  return `read_parquet([${paths.map(literal).join(', ')}], union_by_name = true, hive_partitioning = false)`
}

export type ColumnKind = 'number' | 'text' | 'other'

/** What a DuckDB type is compared as; booleans count as 0 and 1. */
export function kindOf(type: string): ColumnKind {
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|^(FLOAT|DOUBLE|DECIMAL|BOOLEAN)/.test(type)) return 'number'
  return /^(VARCHAR|ENUM|UUID)/.test(type) ? 'text' : 'other'
}

/** Whether numpy would take a column of this type for whole numbers. */
export function isWhole(type: string): boolean {
  return /INT/.test(type)
}
