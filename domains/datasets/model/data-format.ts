import type { DatasetFormat } from '../contract.ts'
import { problem } from '../contract.ts'

/** The format that all of a version's files share, by their names. Throws `datasets/unknown-format`, also when they differ. */
export function formatOf(paths: readonly string[]): DatasetFormat {
  const formats = new Set(paths.map((path) => formatOfPath(path)))
  const [format] = formats
  if (format === undefined || formats.size > 1)
    throw problem['unknown-format']({ path: paths.join(', ').slice(0, 300) })
  return format
}

function formatOfPath(path: string): DatasetFormat {
  if (/\.(parquet|pq)$/i.test(path)) return 'parquet'
  if (/\.(csv|tsv)(\.gz)?$/i.test(path)) return 'csv'
  throw problem['unknown-format']({ path })
}

/** True when DuckDB has to unpack the file, whose stored name does not tell. */
export function isGzipped(path: string): boolean {
  return /\.gz$/i.test(path)
}
