import type { OpenedObject, Runtime } from '@millrace/kernel'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { DatasetFile, DatasetVersion } from '../../contract.ts'
import { problem } from '../../contract.ts'
import { tableFilesOf } from '../../chunks/http/table-files.ts'
import { storeOf } from '../../store/datasets.ts'
import { openSource } from './open-source.ts'

/** A verified file of data in place as a copy on this machine. Throws `datasets/source-changed`. */
export async function localSourceFile(
  runtime: Runtime,
  workspace: string,
  version: DatasetVersion,
  file: DatasetFile,
): Promise<string> {
  const { path, digest, sizeBytes } = file
  const mismatch = (is: string) => problem['source-changed']({ path, was: digest, is })
  return tableFilesOf(runtime).pathOf({ path, digest, sizeBytes, mismatch }, () =>
    bytesOf(runtime, workspace, version, file),
  )
}

async function* bytesOf(runtime: Runtime, workspace: string, version: DatasetVersion, file: DatasetFile) {
  const source = await sourceOfVersion(runtime, workspace, version)
  yield* source.read(await keyOf(source, file))
}

/** A file of data in place, to be read as it is now. Throws `datasets/source-changed` when that is not what it was. */
export async function openSourceFile(
  runtime: Runtime,
  workspace: string,
  version: DatasetVersion,
  file: DatasetFile,
): Promise<OpenedObject> {
  const about = {
    key: file.path,
    sizeBytes: file.sizeBytes,
    modifiedAtMs: version.createdAtMs,
    close: async () => undefined,
  }
  if (file.etag === undefined) {
    const path = await localSourceFile(runtime, workspace, version, file)
    return { ...about, read: async (range) => createReadStream(path, range ?? {}) }
  }
  const source = await sourceOfVersion(runtime, workspace, version)
  const key = await keyOf(source, file)
  return {
    ...about,
    read: async (range) => Readable.from(range === undefined ? source.read(key) : part(source.read(key), range)),
  }
}

async function* part(bytes: AsyncIterable<Uint8Array>, range: { start: number; end: number }) {
  let at = 0
  for await (const piece of bytes) {
    const wanted = piece.subarray(Math.max(0, range.start - at), Math.max(0, range.end + 1 - at))
    at += piece.byteLength
    if (wanted.byteLength > 0) yield wanted
    if (at > range.end) return
  }
}

type OpenedSource = Awaited<ReturnType<typeof openSource>>

/** Where the file lies, after a look at whether it is still the same. */
async function keyOf(source: OpenedSource, file: DatasetFile): Promise<string> {
  if (source.probe === undefined) return source.single.key
  // Without an entity tag the digest will tell.
  if (file.etag === undefined && source.single.path === file.path) return source.single.key
  const now = (await source.probe()).find(({ path }) => path === file.path)
  if (now === undefined)
    throw problem['source-changed']({ path: file.path, was: `${file.sizeBytes} bytes`, is: 'not there any more' })
  if (file.etag !== undefined && (now.etag !== file.etag || now.sizeBytes !== file.sizeBytes)) {
    const told = (state: { sizeBytes: number; etag?: string | undefined }) =>
      `${state.sizeBytes} bytes, ${state.etag ?? ''}`
    throw problem['source-changed']({ path: file.path, was: told(file), is: told(now) })
  }
  return now.key
}

async function sourceOfVersion(runtime: Runtime, workspace: string, version: DatasetVersion): Promise<OpenedSource> {
  const places = await storeOf(runtime.database.reader, workspace).versions.places(version.id)
  const sealed = places?.sealed_source
  if (version.source === undefined || sealed === null || sealed === undefined)
    throw problem['version-not-found']({ what: version.id })
  return openSource(runtime, runtime.secrets.open(sealed), version.source.query)
}
