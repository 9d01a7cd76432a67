import type { Runtime } from '@millrace/kernel'
import type { ColumnProfile, DatasetColumn, DatasetFormat, DatasetTable, TableFormat } from '../contract.ts'
import { problem } from '../contract.ts'
import { formatOfPath } from '../model/data-format.ts'
import type { LocalFile } from './profile-files.ts'
import { describeFiles, profileFiles } from './profile-files.ts'

/** Tables of one version that are read and profiled; the files of all others are kept without. */
const maximumTables = 50
const maximumTableFiles = 5000

interface File {
  readonly path: string
  readonly sizeBytes: number
}

/** What reading the tables of a version gave. */
export interface ReadTables {
  readonly columns: readonly DatasetColumn[]
  /** Rows of each file that was read. */
  readonly rowCounts: ReadonlyMap<string, number>
  /** The members of a version that say all this. */
  readonly answer: {
    readonly format: DatasetFormat
    readonly columns: DatasetColumn[]
    readonly rowCount: number
    readonly profile: ColumnProfile[]
    readonly tables: DatasetTable[]
    readonly tableProfiles: Record<string, ColumnProfile[]>
  }
}

interface Group {
  readonly format: TableFormat
  readonly files: LocalFile[]
}

interface ReadTable {
  readonly table: DatasetTable
  readonly profile: readonly ColumnProfile[]
}

/**
 * Finds the tables among files of any kind: files of one format with the same columns are one table. A version that is
 * one table and nothing else is refused when it cannot be read (`datasets/unreadable`, `datasets/empty`); among other
 * files the fault is noted.
 */
export async function tablesOf<F extends File>(
  runtime: Runtime,
  version: { readonly files: readonly F[]; readonly asFiles: boolean },
  localPath: (file: F) => Promise<string>,
): Promise<ReadTables> {
  const tabular = version.asFiles ? [] : version.files.filter((file) => isTable(file)).slice(0, maximumTableFiles)
  const only =
    tabular.length === version.files.length && new Set(tabular.map(({ path }) => formatOfPath(path))).size === 1
  const faults: ReadTable[] = []
  const groups = await groupsOf(runtime, tabular, localPath, (file, format, error) => {
    if (only) throw error
    faults.push(unread(file.path, format, [file.path], sentenceOf(error)))
  })
  const rowCounts = new Map<string, number>()
  const read: ReadTable[] = []
  for (const group of groups.slice(0, maximumTables)) {
    read.push(await readTable(runtime, group, rowCounts, only && groups.length === 1))
  }
  return assemble([...read, ...faults], rowCounts)
}

const isTable = (file: File) => formatOfPath(file.path) !== undefined && file.sizeBytes > 0

function assemble(read: readonly ReadTable[], rowCounts: ReadonlyMap<string, number>): ReadTables {
  const [one] = read
  if (one !== undefined && read.length === 1 && one.table.problem === undefined) {
    const { format, columns, rowCount } = one.table
    const answer = { format, columns, rowCount, profile: [...one.profile], tables: [], tableProfiles: {} }
    return { columns, rowCounts, answer }
  }
  const rowCount = read.reduce((sum, { table }) => sum + table.rowCount, 0)
  const tableProfiles = Object.fromEntries(read.map(({ table, profile }) => [table.name, [...profile]]))
  const tables = read.map(({ table }) => table)
  return {
    columns: [],
    rowCounts,
    answer: { format: 'files', columns: [], rowCount, profile: [], tables, tableProfiles },
  }
}

async function groupsOf<F extends File>(
  runtime: Runtime,
  files: readonly F[],
  localPath: (file: F) => Promise<string>,
  fault: (file: F, format: TableFormat, error: unknown) => void,
): Promise<Group[]> {
  const groups = new Map<string, Group>()
  for (const file of files) {
    const format = formatOfPath(file.path)
    if (format === undefined) continue
    try {
      const local = { path: file.path, localPath: await localPath(file) }
      const columns = await describeFiles(runtime.analytics, format, [local])
      // Types may differ from file to file where a CSV's values let them; names may not.
      const key = `${format} ${JSON.stringify(columns.map(({ name }) => name))}`
      const group = groups.get(key) ?? { format, files: [] }
      groups.set(key, group)
      group.files.push(local)
    } catch (error) {
      if (!isAboutData(error)) throw error
      fault(file, format, error)
    }
  }
  return [...groups.values()]
}

async function readTable(
  runtime: Runtime,
  group: Group,
  rowCounts: Map<string, number>,
  alone: boolean,
): Promise<ReadTable> {
  const paths = group.files.map(({ path }) => path)
  const name = tableName(paths)
  try {
    const found = await profileFiles(runtime.analytics, group.format, group.files)
    for (const [index, path] of paths.entries()) rowCounts.set(path, found.rowCounts[index] ?? 0)
    const { rowCount } = found
    const table = { name, format: group.format, files: paths, rowCount, columns: [...found.columns] }
    return { table, profile: found.profile }
  } catch (error) {
    if (alone || !isAboutData(error)) throw error
    return unread(name, group.format, paths, sentenceOf(error))
  }
}

function unread(name: string, format: TableFormat, files: string[], sentence: string): ReadTable {
  return { table: { name, format, files, rowCount: 0, columns: [], problem: sentence }, profile: [] }
}

const isAboutData = (error: unknown): error is Error =>
  problem.unreadable.is(error) || problem.empty.is(error) || problem['too-large-here'].is(error)

const sentenceOf = (error: unknown) => (error instanceof Error ? error.message.slice(0, 1000) : String(error))

/** One file is its own name; several are their common folder and ending. */
function tableName(paths: readonly string[]): string {
  const [first = '', ...others] = paths
  if (others.length === 0) return first
  let folder = first.split('/').slice(0, -1)
  for (const path of others) {
    const parts = path.split('/')
    const differs = folder.findIndex((part, index) => parts[index] !== part)
    if (differs >= 0) folder = folder.slice(0, differs)
  }
  const ending = /\.[^./]+(\.gz)?$/.exec(first)?.[0] ?? ''
  return [...folder, `*${ending}`].join('/')
}
