import { Problem } from '@millrace/contract'
import type { Analytics, Row } from '@millrace/kernel'
import { analyticsProblem } from '@millrace/kernel'
import type { ColumnProfile, DatasetColumn, TableFormat } from '../contract.ts'
import { problem } from '../contract.ts'
import { binsOf, figuresOf, withHistogram, withTopValues } from '../model/column-profile.ts'
import { isGzipped } from '../model/data-format.ts'
import {
  aggregateSql,
  columnsPerStatement,
  exactDistinctLimit,
  histogramSql,
  isNumeric,
  sourceOf,
  topValuesSql,
} from '../model/profile-sql.ts'

/** A file where it lies on this machine, with the path its user knows it by. */
export interface LocalFile {
  readonly path: string
  readonly localPath: string
}

/** What the files hold together. `rowCounts` follows the files' order. */
export interface FilesProfile {
  readonly rowCount: number
  readonly rowCounts: readonly number[]
  readonly columns: readonly DatasetColumn[]
  readonly profile: readonly ColumnProfile[]
}

/**
 * Reads the schema, counts the rows and profiles every column, in DuckDB's own process.
 * Throws `datasets/unreadable` for a file that is damaged, `datasets/empty` when there is no row.
 */
export async function profileFiles(
  analytics: Analytics,
  format: TableFormat,
  files: readonly LocalFile[],
): Promise<FilesProfile> {
  const rowCounts: number[] = []
  for (const file of files) rowCounts.push(await countRows(analytics, format, file))
  const rowCount = rowCounts.reduce((sum, count) => sum + count, 0)
  const what = files
    .map(({ path }) => path)
    .join(', ')
    .slice(0, 300)
  if (rowCount === 0) throw problem.empty({ what: `"${what}"` })
  const source = sourceOfFiles(format, files)
  return reading(files, async () => {
    const columns = (await analytics.rows(`describe select * from ${source}`)).map(toColumn)
    refuseUneven(format, columns, what)
    const profile: ColumnProfile[] = []
    for (let start = 0; start < columns.length; start += columnsPerStatement) {
      const slice = columns.slice(start, start + columnsPerStatement)
      profile.push(...(await profileSlice(analytics, source, slice, rowCount)))
    }
    return { rowCount, rowCounts, columns, profile }
  })
}

/** The columns of files, without reading more than decides them. Throws `datasets/unreadable`. */
export async function describeFiles(
  analytics: Analytics,
  format: TableFormat,
  files: readonly LocalFile[],
): Promise<DatasetColumn[]> {
  return reading(files, async () => {
    const rows = await analytics.rows(`describe select * from ${sourceOfFiles(format, files)}`)
    const columns = rows.map(toColumn)
    refuseUneven(format, columns, files[0]?.path ?? '')
    return columns
  })
}

/** The table function over files of one format. */
export function sourceOfFiles(format: TableFormat, files: readonly LocalFile[]): string {
  const gzipped = files.some(({ path }) => isGzipped(path))
  return sourceOf(
    format,
    files.map(({ localPath }) => localPath),
    { gzipped },
  )
}

/** DuckDB takes a CSV of uneven rows as one column of whole lines; that is nothing anybody meant. */
function refuseUneven(format: TableFormat, columns: readonly DatasetColumn[], path: string): void {
  if (format !== 'csv' || columns.length !== 1 || !/[,;\t|]/.test(columns[0]?.name ?? '')) return
  throw problem.unreadable({ path, reason: 'its rows do not all have as many values as its head has names.' })
}

async function countRows(analytics: Analytics, format: TableFormat, file: LocalFile): Promise<number> {
  const [row] = await reading([file], () =>
    analytics.rows(`select count(*) as n from ${sourceOfFiles(format, [file])}`),
  )
  return Number(row?.['n'] ?? 0)
}

async function profileSlice(
  analytics: Analytics,
  source: string,
  columns: readonly DatasetColumn[],
  rowCount: number,
): Promise<ColumnProfile[]> {
  const [row = {}] = await analytics.rows(aggregateSql(source, columns, rowCount))
  const profiles: ColumnProfile[] = []
  for (const [index, column] of columns.entries()) {
    profiles.push(await finish(analytics, source, column, figuresOf(column, index, row, rowCount)))
  }
  return profiles
}

async function finish(
  analytics: Analytics,
  source: string,
  column: DatasetColumn,
  figures: ColumnProfile,
): Promise<ColumnProfile> {
  if (figures.kind === 'other' || figures.count === 0) return figures
  if (!isNumeric(column)) return withTopValues(figures, await analytics.rows(topValuesSql(source, column)))
  const [min, max] = [Number(figures.min), Number(figures.max)]
  if (figures.min === null || figures.max === null || !Number.isFinite(max - min)) return figures
  const bins = binsOf(min, max)
  const exact = figures.distinct <= exactDistinctLimit
  return withHistogram(
    figures,
    bins,
    await analytics.rows(histogramSql(source, column, exact), [bins.start, bins.width]),
  )
}

function toColumn(row: Row): DatasetColumn {
  const { column_name: name, column_type: type } = row
  return { name: typeof name === 'string' ? name : '', type: typeof type === 'string' ? type : '' }
}

/** Turns DuckDB's complaint about a file into ours, without the server's own paths. */
async function reading<T>(files: readonly LocalFile[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isComplaintAboutData(error)) throw error
    const path =
      files.length === 1
        ? (files[0]?.path ?? '')
        : files
            .map((file) => file.path)
            .join(', ')
            .slice(0, 300)
    throw problem.unreadable({ path, reason: reasonOf(error, files) }, error)
  }
}

function isComplaintAboutData(error: unknown): error is Error {
  if (analyticsProblem['bad-data'].is(error)) return true
  // Our statements are fixed, so DuckDB's other complaints are about what the file holds, but for its memory.
  return error instanceof Error && !(error instanceof Problem) && /^DuckDB: (?!Out of Memory)/.test(error.message)
}

function reasonOf(error: Error, files: readonly LocalFile[]): string {
  let text = error.message.replace(/^(The data cannot be read|DuckDB): /, '').trim()
  for (const file of files) text = text.replaceAll(file.localPath, file.path)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
