import type { InputOf } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { recordVersion } from '../actions/record-version.ts'
import type { DatasetFile, DatasetVersion, TableFormat } from '../contract.ts'
import * as contract from '../contract.ts'
import { formatOf } from '../model/data-format.ts'
import type { LocalFile } from './profile-files.ts'
import { profileFiles } from './profile-files.ts'
import { versionDigest } from './version-digest.ts'

const { problem } = contract
type RecordInput = InputOf<typeof contract.recordVersion>

/** Where a file's bytes lie in the object store. */
export function contentKey(digest: string): string {
  const hex = digest.slice('sha256:'.length)
  return `datasets/${hex.slice(0, 2)}/${hex}`
}

/**
 * Profiles uploaded files and registers them as a version. The same content again answers with the version there is.
 * Throws what `contract.registerVersion` lists.
 */
export async function registerVersion(runtime: Runtime, context: CallContext, input: unknown): Promise<DatasetVersion> {
  const { files, ...rest } = parseInput(contract.registerVersion, input)
  await runtime.authorize(
    runtime.runner.readScope(context),
    contract.registerVersion.needs.permission,
    ref('dataset', rest.name),
  )
  refuseDuplicates(files)
  return registerStored(runtime, context, files, rest)
}

const registering = new WeakMap<Runtime, Map<string, number>>()
/** A collection that read the versions before this one was recorded has ended by then. */
const sparedMs = 10 * 60_000

/** Spares files from collection from before they are looked for until well after their version is recorded. */
function spare(runtime: Runtime, digests: readonly string[]): void {
  const spared = registering.get(runtime) ?? new Map<string, number>()
  registering.set(runtime, spared)
  const nowMs = Date.now()
  for (const [digest, untilMs] of spared) if (untilMs < nowMs) spared.delete(digest)
  for (const digest of digests) spared.set(digest, nowMs + sparedMs)
}

/** True for a file that this process is registering or has just registered. */
export function isBeingRegistered(runtime: Runtime, digest: string): boolean {
  return (registering.get(runtime)?.get(digest) ?? 0) >= Date.now()
}

/** Registers files whose bytes are in the store already; `extra` goes into the record as it is. */
export async function registerStored(
  runtime: Runtime,
  context: CallContext,
  files: readonly { path: string; digest: string }[],
  extra: Pick<RecordInput, 'name' | 'derivedFrom'> & Partial<RecordInput>,
): Promise<DatasetVersion> {
  const format = formatOf(files.map(({ path }) => path))
  const digests = files.map(({ digest }) => digest)
  spare(runtime, digests)
  try {
    return await recordStored(runtime, context, format, files, extra)
  } finally {
    spare(runtime, digests)
  }
}

async function recordStored(
  runtime: Runtime,
  context: CallContext,
  format: TableFormat,
  files: readonly { path: string; digest: string }[],
  extra: Pick<RecordInput, 'name' | 'derivedFrom'> & Partial<RecordInput>,
): Promise<DatasetVersion> {
  const stored = await Promise.all(files.map((file) => locate(runtime, file)))
  const { rowCounts, ...found } = await profileFiles(runtime.analytics, format, stored)
  const recorded: DatasetFile[] = stored.map(({ path, digest, sizeBytes }, index) => {
    return { path, digest, sizeBytes, rowCount: rowCounts[index] ?? 0 }
  })
  const { timeColumn } = extra
  if (timeColumn !== undefined && !found.columns.some(({ name }) => name === timeColumn)) {
    throw problem['no-such-column']({ column: timeColumn, columns: found.columns.map(({ name }) => name).join(', ') })
  }
  const sizeBytes = recorded.reduce((sum, file) => sum + file.sizeBytes, 0)
  const content = { format, files: recorded, fileCount: recorded.length, sizeBytes, digest: versionDigest(files) }
  const input = { ...extra, ...found, ...content, storage: 'whole' as const }
  return runtime.runner.act(
    recordVersion,
    { ...input, columns: [...found.columns], profile: [...found.profile] },
    context,
  )
}

function refuseDuplicates(files: readonly { path: string }[]): void {
  const seen = new Set<string>()
  for (const { path } of files) {
    if (seen.has(path)) throw problem['duplicate-path']({ path })
    seen.add(path)
  }
}

async function locate(
  runtime: Runtime,
  file: { path: string; digest: string },
): Promise<LocalFile & { digest: string; sizeBytes: number }> {
  const key = contentKey(file.digest)
  const info = await runtime.objects.stat(key)
  if (info === undefined) throw problem['not-uploaded'](file)
  return { ...file, sizeBytes: info.sizeBytes, localPath: await runtime.objects.localPath(key) }
}
