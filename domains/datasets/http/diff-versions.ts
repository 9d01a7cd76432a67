import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { readVersionById, resolveVersion } from '../actions/read-versions.ts'
import { manifestOf } from '../chunks/http/manifest-store.ts'
import type { DatasetDiff, DatasetVersion, ManifestEntry } from '../contract.ts'
import * as contract from '../contract.ts'
import type { ComparedSide } from './diff-tables.ts'
import { diffTables } from './diff-tables.ts'

/** Lists of files end here. */
const shownFiles = 1000

/** Compares two versions; see `contract.diffVersions`. */
export async function diffVersions(runtime: Runtime, context: CallContext, input: unknown): Promise<DatasetDiff> {
  const asked = parseInput(contract.diffVersions, input)
  const from = await versionOf(runtime, context, asked.from)
  const to = await versionOf(runtime, context, asked.to)
  const keys = (asked.keys ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '')
  const name = ({ id, dataset, version }: DatasetVersion) => ({ id, dataset, version })
  const files = await diffFiles(runtime, context.workspace, from, to)
  const same = from.digest === to.digest
  return { from: name(from), to: name(to), same, files, ...(await tablesOfBoth(runtime, context, from, to, keys)) }
}

async function versionOf(runtime: Runtime, context: CallContext, reference: string): Promise<DatasetVersion> {
  const { id } = await runtime.runner.ask(resolveVersion, { reference }, context)
  // The second question asks for the right to this very version.
  return runtime.runner.ask(readVersionById, { id }, context)
}

async function diffFiles(
  runtime: Runtime,
  workspace: string,
  from: DatasetVersion,
  to: DatasetVersion,
): Promise<DatasetDiff['files']> {
  const before = await entriesOf(runtime, workspace, from)
  const after = await entriesOf(runtime, workspace, to)
  const known = new Set([...before.values()].flatMap((entry) => piecesOf(entry).map(([digest]) => digest)))
  const lists = { addedFiles: [] as Change[], removedFiles: [] as Change[], changedFiles: [] as Change[] }
  let [unchanged, newBytes] = [0, 0]
  for (const [path, entry] of after) {
    const was = before.get(path)
    if (was !== undefined && identityOf(was) === identityOf(entry)) unchanged += 1
    else if (was === undefined) lists.addedFiles.push({ path, sizeBytes: sizeOf(entry) })
    else lists.changedFiles.push({ path, sizeBytes: sizeOf(entry), wasBytes: sizeOf(was) })
    for (const [digest, sizeBytes] of piecesOf(entry)) {
      if (known.has(digest)) continue
      known.add(digest)
      newBytes += sizeBytes
    }
  }
  for (const [path, entry] of before) if (!after.has(path)) lists.removedFiles.push({ path, sizeBytes: sizeOf(entry) })
  const { addedFiles, removedFiles, changedFiles } = lists
  return {
    added: addedFiles.length,
    removed: removedFiles.length,
    changed: changedFiles.length,
    unchanged,
    newBytes,
    addedFiles: addedFiles.slice(0, shownFiles),
    removedFiles: removedFiles.slice(0, shownFiles),
    changedFiles: changedFiles.slice(0, shownFiles),
  }
}

type Change = DatasetDiff['files']['changedFiles'][number]

async function entriesOf(
  runtime: Runtime,
  workspace: string,
  version: DatasetVersion,
): Promise<Map<string, ManifestEntry>> {
  const { entries } = await manifestOf(runtime, workspace, version)
  return new Map(entries.map((entry) => [entry.path, entry]))
}

/** What of a file may lie in another: its chunks, or all of it. */
function piecesOf(entry: ManifestEntry): readonly (readonly [string, number])[] {
  return contract.isFile(entry) ? contract.chunksOf(entry) : []
}

const sizeOf = (entry: ManifestEntry) => (contract.isFile(entry) ? entry.sizeBytes : 0)

function identityOf(entry: ManifestEntry): string {
  return contract.isFile(entry) ? `${entry.digest} ${String(entry.executable === true)}` : `link ${entry.link}`
}

interface NamedTable {
  readonly name: string
  readonly side: ComparedSide
}

async function tablesOfBoth(
  runtime: Runtime,
  context: CallContext,
  from: DatasetVersion,
  to: DatasetVersion,
  keys: readonly string[],
): Promise<Pick<DatasetDiff, 'tables' | 'notCompared'>> {
  const before = namedTables(from)
  const after = namedTables(to)
  const tables: DatasetDiff['tables'] = []
  const notCompared: DatasetDiff['notCompared'] = [...faults(from), ...faults(to)]
  for (const table of after) {
    const was = before.length === 1 && after.length === 1 ? before[0] : before.find(({ name }) => name === table.name)
    if (was === undefined) notCompared.push({ table: table.name, reason: `${from.version} has no such table` })
    else
      tables.push(
        await diffTables(runtime, context.workspace, { name: table.name, from: was.side, to: table.side, keys }),
      )
  }
  for (const { name } of before) {
    const gone = after.length !== 1 || before.length !== 1 ? !after.some((table) => table.name === name) : false
    if (gone) notCompared.push({ table: name, reason: `${to.version} has no such table` })
  }
  return { tables, notCompared }
}

function faults(version: DatasetVersion): DatasetDiff['notCompared'] {
  return version.tables.flatMap(({ name, problem }) => {
    return problem === undefined ? [] : [{ table: name, reason: `${version.version}: ${problem}` }]
  })
}

function namedTables(version: DatasetVersion): NamedTable[] {
  const { columns, rowCount } = version
  if (version.format !== 'files') return [{ name: version.files[0]?.path ?? '', side: { version, columns, rowCount } }]
  return version.tables
    .filter(({ problem }) => problem === undefined)
    .map(({ name, columns: own, rowCount: rows }) => ({
      name,
      side: { version, table: name, columns: own, rowCount: rows },
    }))
}
