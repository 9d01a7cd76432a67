import type { DatasetColumn, DatasetVersion } from '../contract.ts'
import { problem } from '../contract.ts'
import { identifier, literal } from './profile-sql.ts'

/**
 * The statement that writes the rows of [fromMs, toMs) as one Parquet file, in their order.
 * Throws `datasets/no-such-column`, `datasets/not-a-time`, `datasets/bad-span`.
 */
export function splitSql(
  version: DatasetVersion,
  span: { column: string; fromMs: number; toMs: number },
  source: string,
  target: string,
): string {
  if (span.fromMs >= span.toMs) throw problem['bad-span']({})
  const column = version.columns.find(({ name }) => name === span.column)
  if (column === undefined) {
    const columns = version.columns
      .map(({ name }) => name)
      .join(', ')
      .slice(0, 1000)
    throw problem['no-such-column']({ column: span.column, columns })
  }
  const name = identifier(column.name)
  const [from, to] = [boundary(column, span.fromMs), boundary(column, span.toMs)]
  return `copy (select * from ${source} where ${name} >= ${from} and ${name} < ${to}) to ${literal(target)} (format parquet, compression zstd)`
}

/** An instant as a literal of the column's own type, so that Parquet's statistics skip what lies outside. */
function boundary(column: DatasetColumn, atMs: number): string {
  const at = Math.trunc(atMs)
  if (column.type.startsWith('TIMESTAMP WITH TIME ZONE')) return `make_timestamp_ms(${at})::timestamptz`
  if (/^(TIMESTAMP|DATE)/.test(column.type)) return `make_timestamp_ms(${at})`
  if (/^U?(BIG|HUGE)?INT(EGER)?$/.test(column.type)) return String(at)
  throw problem['not-a-time']({ column: column.name, type: column.type })
}
