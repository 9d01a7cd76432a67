import type { CallContext, Runtime } from '@millrace/kernel'
import { readVersionById } from '../actions/read-versions.ts'
import type { DatasetFormat, DatasetVersion } from '../contract.ts'
import type { LocalFile } from './profile-files.ts'
import { contentKey } from './register-version.ts'

/** The files of a version where this machine can read them. */
export async function localFilesOf(runtime: Runtime, version: DatasetVersion): Promise<LocalFile[]> {
  return Promise.all(
    version.files.map(async ({ path, digest }) => ({
      path,
      localPath: await runtime.objects.localPath(contentKey(digest)),
    })),
  )
}

/**
 * The files of a version as paths of this machine, for DuckDB. They have no ending, so say the format to the reader.
 * Throws `datasets/version-not-found`, and what `authorize` throws.
 */
export async function localFiles(
  runtime: Runtime,
  context: CallContext,
  versionId: string,
): Promise<{ path: string; format: DatasetFormat }[]> {
  const version = await runtime.runner.ask(readVersionById, { id: versionId }, context)
  const files = await localFilesOf(runtime, version)
  return files.map(({ localPath }) => ({ path: localPath, format: version.format }))
}
