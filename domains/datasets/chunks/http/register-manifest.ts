import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { recordVersion } from '../../actions/record-version.ts'
import type { DatasetFile, DatasetVersion, FileEntry, ManifestEntry, ManifestHead } from '../../contract.ts'
import * as contract from '../../contract.ts'
import { tablesOf } from '../../http/read-tables.ts'
import { versionDigest } from '../../http/version-digest.ts'
import { storeOf } from '../../store/datasets.ts'
import { markVerified } from '../actions/record-chunks.ts'
import { parseManifest, putManifest, recipeOf } from './manifest-store.ts'
import { readFile } from './read-chunks.ts'
import { keepTouched } from './receive-chunks.ts'
import { tableFilesOf } from './table-files.ts'

const { problem } = contract
/** Files that an answer names; the manifest names all. */
const shownFiles = 100

/**
 * Registers uploaded chunks as a version: every chunk must be here, every file must have the digest it is said to have,
 * its tables are profiled. The same content again answers with the version there is. Throws what
 * `contract.registerManifest` lists.
 */
export async function registerManifest(
  runtime: Runtime,
  context: CallContext,
  name: string,
  body: Readable | Uint8Array,
): Promise<DatasetVersion> {
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.registerManifest.needs.permission, ref('dataset', name))
  const { head, entries } = await parseManifest(body)
  const digest = manifestDigest(entries)
  const known = await knownVersion(runtime, context.workspace, name, head, digest)
  if (known !== undefined) return known
  const files = entries.filter(contract.isFile)
  await requireChunks(runtime, context, name, files)
  await verifyFiles(runtime, context, name, files)
  const tables = await tablesOf(runtime, { files, asFiles: head.asFiles }, (file) => localPath(runtime, context, file))
  refuseNoColumn(head.timeColumn, tables.columns)
  const manifest = await putManifest(runtime, context.workspace, { entries })
  const { asFiles: _asFiles, ...rest } = head
  return runtime.runner.act(
    recordVersion,
    {
      name,
      ...rest,
      ...tables.answer,
      digest,
      storage: 'chunks',
      manifest,
      files: shown(files, tables.rowCounts),
      fileCount: entries.length,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    },
    context,
  )
}

/** A file's copy on this machine. */
export function localPath(runtime: Runtime, context: { workspace: string }, file: FileEntry): Promise<string> {
  const { path, digest, sizeBytes } = file
  const chunks = contract.chunksOf(file)
  return tableFilesOf(runtime).pathOf({ path, digest, sizeBytes }, () =>
    readFile(runtime, context.workspace, { path, chunks }),
  )
}

/** Links and executable files change a version's digest; plain files count as they do in a version of whole files. */
function manifestDigest(entries: readonly ManifestEntry[]): string {
  return versionDigest(
    entries.map((entry) => {
      if (!contract.isFile(entry)) return { path: entry.path, digest: `link:${entry.link}` }
      return { path: entry.path, digest: entry.executable === true ? `${entry.digest}:x` : entry.digest }
    }),
  )
}

async function knownVersion(
  runtime: Runtime,
  workspace: string,
  name: string,
  head: ManifestHead,
  digest: string,
): Promise<DatasetVersion | undefined> {
  const { versions } = storeOf(runtime.database.reader, workspace)
  if (head.version === undefined) return versions.byDigest(name, digest)
  const found = await versions.version(name, head.version)
  if (found !== undefined && found.digest !== digest)
    throw problem['version-exists']({ dataset: name, version: head.version })
  return found
}

/** Throws `datasets/chunks-missing`. From here on the chunks are safe from collection for the grace period. */
async function requireChunks(
  runtime: Runtime,
  context: CallContext,
  name: string,
  files: readonly FileEntry[],
): Promise<void> {
  const { chunks } = storeOf(runtime.database.reader, context.workspace)
  const window = new Map<string, { path: string; sizeBytes: number }>()
  const settle = async () => {
    const found = await chunks.find([...window.keys()])
    const here = new Map(found.map(({ digest, sizeBytes }) => [digest, sizeBytes]))
    const missing = [...window].filter(([digest, { sizeBytes }]) => here.get(digest) !== sizeBytes)
    const [first] = missing
    if (first !== undefined) throw problem['chunks-missing']({ count: missing.length, path: first[1].path })
    await keepTouched(runtime, context, name, found)
    window.clear()
  }
  for (const file of files) {
    for (const [digest, sizeBytes] of contract.chunksOf(file)) window.set(digest, { path: file.path, sizeBytes })
    if (window.size >= 5000) await settle()
  }
  await settle()
}

/** Reads every file of several chunks that was never read before, and compares its digest. Throws `datasets/wrong-digest`. */
async function verifyFiles(
  runtime: Runtime,
  context: CallContext,
  name: string,
  files: readonly FileEntry[],
): Promise<void> {
  const store = storeOf(runtime.database.reader, context.workspace).chunks
  const verified: { digest: string; recipe: string }[] = []
  for (const file of files) {
    const wrong = () => problem['wrong-digest']({ path: file.path, digest: file.digest })
    if (file.sizeBytes === 0 && file.digest !== emptyDigest) throw wrong()
    if (file.chunks === undefined) continue
    const recipe = recipeOf(file)
    if (await store.isVerified(file.digest, recipe)) continue
    const sum = createHash('sha256')
    const parts = { path: file.path, chunks: file.chunks }
    for await (const bytes of readFile(runtime, context.workspace, parts)) sum.update(bytes)
    if (`sha256:${sum.digest('hex')}` !== file.digest) throw wrong()
    verified.push({ digest: file.digest, recipe })
  }
  for (let at = 0; at < verified.length; at += 2000) {
    await runtime.runner.ingest(markVerified, { name, contents: verified.slice(at, at + 2000) }, context)
  }
}

const emptyDigest = `sha256:${createHash('sha256').digest('hex')}`

function refuseNoColumn(timeColumn: string | undefined, columns: readonly { name: string }[]): void {
  if (timeColumn === undefined || columns.some(({ name }) => name === timeColumn)) return
  throw problem['no-such-column']({ column: timeColumn, columns: columns.map(({ name }) => name).join(', ') })
}

/** The first files by path, those of the version's table before the others. */
function shown(files: readonly FileEntry[], rowCounts: ReadonlyMap<string, number>): DatasetFile[] {
  const tabular = files.filter(({ path }) => rowCounts.has(path))
  const others = files.filter(({ path }) => !rowCounts.has(path))
  return [...tabular, ...others].slice(0, shownFiles).map(({ path, digest, sizeBytes }) => {
    return { path, digest, sizeBytes, rowCount: rowCounts.get(path) ?? 0 }
  })
}
