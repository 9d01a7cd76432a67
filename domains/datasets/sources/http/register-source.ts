import { createHash } from 'node:crypto'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { recordVersion } from '../../actions/record-version.ts'
import { tableFilesOf } from '../../chunks/http/table-files.ts'
import type { DatasetFile, DatasetVersion } from '../../contract.ts'
import * as contract from '../../contract.ts'
import { tablesOf } from '../../http/read-tables.ts'
import { versionDigest } from '../../http/version-digest.ts'
import { openSource, shownAddress } from './open-source.ts'
import type { Source } from './source.ts'

type FoundFile = DatasetFile & { readonly localPath?: string }

/**
 * Registers data that stays where it is. Without `verify` its size and entity tag stand for it; with it, and for every
 * query, it is read once: digests, schema and profile are kept. Throws what `contract.registerSource` lists.
 */
export async function registerSource(runtime: Runtime, context: CallContext, input: unknown): Promise<DatasetVersion> {
  const asked = parseInput(contract.registerSource, input)
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.registerSource.needs.permission, ref('dataset', asked.name))
  const source = await openSource(runtime, asked.url, asked.query)
  const verified = asked.verify || source.probe === undefined
  const found = verified ? await readAll(runtime, source) : await look(source, shownAddress(asked.url))
  const { name, version, message, query } = asked
  const tables = await tablesOf(runtime, { files: found, asFiles: !verified }, async (file) => file.localPath ?? '')
  const files = found.map(({ localPath: _localPath, ...file }) => {
    return { ...file, rowCount: tables.rowCounts.get(file.path) ?? 0 }
  })
  const url = shownAddress(asked.url)
  return runtime.runner.act(
    recordVersion,
    {
      name,
      version,
      message,
      ...tables.answer,
      digest: versionDigest(files),
      storage: 'source',
      files,
      fileCount: files.length,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      source: { url, verified, ...(query === undefined ? {} : { query }) },
      sealedSource: runtime.secrets.seal(asked.url),
    },
    context,
  )
}

async function look(source: Source, url: string): Promise<FoundFile[]> {
  const files = (await source.probe?.()) ?? []
  return files.map(({ path, key, sizeBytes, etag }) => {
    const identity = createHash('sha256')
      .update(JSON.stringify([url, key, sizeBytes, etag]))
      .digest('hex')
    return { path, digest: `sha256:${identity}`, sizeBytes, rowCount: 0, etag }
  })
}

async function readAll(runtime: Runtime, source: Source): Promise<FoundFile[]> {
  const places = source.single.key === '' || source.probe === undefined ? [source.single] : await placesOf(source)
  const files: FoundFile[] = []
  for (const { path, key } of places) {
    const { digest, sizeBytes, path: localPath } = await tableFilesOf(runtime).take(path, source.read(key))
    files.push({ path, digest, sizeBytes, rowCount: 0, localPath })
  }
  return files
}

/** A file that tells nothing of itself can still be read. */
async function placesOf(source: Source): Promise<readonly { path: string; key: string }[]> {
  try {
    return (await source.probe?.()) ?? [source.single]
  } catch (error) {
    if (contract.problem['source-refused'].is(error) && source.single.key.startsWith('http')) return [source.single]
    throw error
  }
}
