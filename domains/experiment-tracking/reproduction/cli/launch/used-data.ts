import { resolve } from 'node:path'
import { checkOut, findVersion, versionOfFolder } from '@millrace/datasets/cli'
import type { ApiClient } from '@millrace/terminal'
import type { DataPlace } from '../../../contract.ts'
import { placeBelow } from '../capture/git.ts'

/**
 * The versions of data that a run is told to use: `flights@v3` (recorded), `flights@v3=data/flights` (checked out there
 * first), or a folder that was checked out. A folder whose files were changed is refused: what is recorded must be what ran.
 */
export async function usedData(
  api: ApiClient,
  wishes: readonly string[],
  { root, cwd }: { root: string; cwd: string },
): Promise<DataPlace[]> {
  const places: DataPlace[] = []
  for (const wish of wishes) {
    const [reference = '', given] = wish.split(/=(.*)/s)
    const inFolder = given === undefined ? await versionOfFolder(resolve(cwd, reference)) : undefined
    const folder = given ?? (inFolder === undefined ? undefined : reference)
    const version = await findVersion(api, inFolder ?? reference)
    if (folder !== undefined) await bringData(api, version.id, resolve(cwd, folder), false)
    const path = folder === undefined ? null : placeBelow(root, resolve(cwd, folder))
    places.push({ versionId: version.id, digest: version.digest, path })
  }
  return places
}

/** Checks a version out into a folder. Throws `client/would-overwrite` where its files were changed and `force` is not given. */
export async function bringData(api: ApiClient, versionId: string, folder: string, force: boolean): Promise<void> {
  const version = await findVersion(api, versionId)
  await checkOut(api, version, folder, { force, progress: () => undefined, nowMs: Date.now })
}
