import type { TableFormat } from '../contract.ts'
import { problem } from '../contract.ts'

/** The format that all of these files share, by their names. Throws `datasets/unknown-format`, also when they differ. */
export function formatOf(paths: readonly string[]): TableFormat {
  const formats = new Set(paths.map((path) => requireFormat(path)))
  const [format] = formats
  if (format === undefined || formats.size > 1)
    throw problem['unknown-format']({ path: paths.join(', ').slice(0, 300) })
  return format
}

function requireFormat(path: string): TableFormat {
  const format = formatOfPath(path)
  if (format === undefined) throw problem['unknown-format']({ path })
  return format
}

/** The format of a table by its file's name; undefined for what is no table. */
export function formatOfPath(path: string): TableFormat | undefined {
  if (/\.(parquet|pq)$/i.test(path)) return 'parquet'
  if (/\.(csv|tsv)(\.gz)?$/i.test(path)) return 'csv'
  return /\.(jsonl|ndjson)(\.gz)?$/i.test(path) ? 'jsonl' : undefined
}

/** True when DuckDB has to unpack the file, whose stored name does not tell. */
export function isGzipped(path: string): boolean {
  return /\.gz$/i.test(path)
}
