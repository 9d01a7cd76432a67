import type { CallContext, Runtime } from '@millrace/kernel'
import { readVersionById } from '../actions/read-versions.ts'
import { manifestOf } from '../chunks/http/manifest-store.ts'
import { localPath } from '../chunks/http/register-manifest.ts'
import type { DatasetVersion, TableFormat } from '../contract.ts'
import { isFile, problem } from '../contract.ts'
import { formatOfPath } from '../model/data-format.ts'
import { localSourceFile } from '../sources/http/source-files.ts'
import type { LocalFile } from './profile-files.ts'
import { sourceOfFiles } from './profile-files.ts'
import { contentKey } from './register-version.ts'

/** A table of a version: its format and its files where this machine can read them. */
export interface LocalTable {
  readonly format: TableFormat
  readonly files: LocalFile[]
}

/**
 * A table of a version, brought to this machine's disk where it is not there. Without `name` the version's one table.
 * Throws `datasets/no-such-table`, `datasets/too-large-here`, and for data in place `datasets/source-changed`.
 */
export async function localTable(
  runtime: Runtime,
  workspace: string,
  version: DatasetVersion,
  name?: string,
): Promise<LocalTable> {
  const { format, paths } = tablePaths(version, name)
  if (version.storage === 'whole') {
    const keyed = version.files.filter(({ path }) => paths === undefined || paths.has(path))
    const files = keyed.map(async ({ path, digest }) => ({
      path,
      localPath: await runtime.objects.localPath(contentKey(digest)),
    }))
    return { format, files: await Promise.all(files) }
  }
  const files: LocalFile[] = []
  if (version.storage === 'source') {
    for (const file of version.files.filter((found) => formatOfPath(found.path) === format)) {
      files.push({ path: file.path, localPath: await localSourceFile(runtime, workspace, version, file) })
    }
    return { format, files }
  }
  const { entries } = await manifestOf(runtime, workspace, version)
  for (const entry of entries.filter(isFile)) {
    const wanted = paths === undefined ? formatOfPath(entry.path) === format : paths.has(entry.path)
    if (!wanted || entry.sizeBytes === 0) continue
    files.push({ path: entry.path, localPath: await localPath(runtime, { workspace }, entry) })
  }
  return { format, files }
}

function tablePaths(version: DatasetVersion, name: string | undefined): { format: TableFormat; paths?: Set<string> } {
  if (version.format !== 'files' && name === undefined) return { format: version.format }
  const table = version.tables.find((found) => found.name === name && found.problem === undefined)
  if (table === undefined) {
    const tables = version.tables.map((found) => found.name).join(', ')
    throw problem['no-such-table']({ what: `${version.dataset}@${version.version}`, tables: tables.slice(0, 500) })
  }
  return { format: table.format, paths: new Set(table.files) }
}

/**
 * The files of a version's table as paths of this machine, for DuckDB. They have no ending, so say the format to the
 * reader; `tableSource` says it for you. Throws `datasets/version-not-found`, `datasets/no-such-table`, and what
 * `authorize` throws.
 */
export async function localFiles(
  runtime: Runtime,
  context: CallContext,
  versionId: string,
): Promise<{ path: string; format: TableFormat }[]> {
  const version = await runtime.runner.ask(readVersionById, { id: versionId }, context)
  const { format, files } = await localTable(runtime, context.workspace, version)
  return files.map((file) => ({ path: file.localPath, format }))
}

/** The table of a version as DuckDB's table function, whatever its format and wherever its bytes lie. Throws as `localFiles`. */
export async function tableSource(runtime: Runtime, context: CallContext, versionId: string): Promise<string> {
  const version = await runtime.runner.ask(readVersionById, { id: versionId }, context)
  const { format, files } = await localTable(runtime, context.workspace, version)
  return sourceOfFiles(format, files)
}
