import { lstat, mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import type { DatasetVersion, ManifestEntry } from '../../contract.ts'
import { isFile } from '../../contract.ts'
import type { FetchFigures } from './fetch-files.ts'
import { fetchChunked } from './fetch-files.ts'
import { fetchWhole } from './fetch-whole.ts'
import type { FolderState, StateFile } from './folder-state.ts'
import { partsFolder, readState, writeState } from './folder-state.ts'
import { fetchManifest } from './manifest-client.ts'
import { planCheckout } from './plan-checkout.ts'
import { createFolders, removeEmptyFolders } from './safe-paths.ts'

/** What a checkout did. */
export interface CheckedOut extends FetchFigures {
  readonly files: number
  readonly fetched: number
  readonly removed: number
  readonly unchanged: number
}

export interface CheckoutOptions {
  readonly force: boolean
  /** Told how many of how many bytes are done. */
  readonly progress: (doneBytes: number, totalBytes: number) => void
  readonly nowMs: () => number
}

/**
 * Makes a folder hold a version: fetches what is missing, replaces and removes what the checkout before left, leaves
 * other files alone. Broken off, it goes on where it was. Throws `client/would-overwrite` before it writes anything.
 */
export async function checkOut(
  api: ApiClient,
  version: DatasetVersion,
  folder: string,
  options: CheckoutOptions,
): Promise<CheckedOut> {
  await requireFolder(folder)
  const state = await readState(folder)
  const entries = await fetchManifest(api, version)
  const trusts = version.source?.verified !== false
  const plan = await planCheckout(folder, entries, state, { force: options.force, trusts })
  await Promise.all(plan.remove.map((path) => rm(join(folder, path), { force: true })))
  await removeEmptyFolders(folder, plan.remove)
  await clearTheWay(folder, [...plan.fetch, ...plan.links], options.force)
  const figures: FetchFigures = { doneBytes: 0, receivedBytes: 0, reusedBytes: 0 }
  const totalBytes = plan.fetch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const moved = () => options.progress(figures.doneBytes, totalBytes)
  const makeFolders = createFolders(folder)
  const fetch = version.storage === 'chunks' ? fetchChunked : fetchWhole
  await fetch(api, version, plan.fetch, { folder, figures, moved, makeFolders })
  for (const { path, link } of plan.links) {
    await makeFolders(path)
    await rm(join(folder, path), { force: true })
    await symlink(link, join(folder, path))
  }
  await writeState(folder, await stateOf(folder, version, entries, options.nowMs()))
  await rm(join(folder, partsFolder), { recursive: true, force: true })
  const { length: fetched } = [...plan.fetch, ...plan.links]
  return { ...figures, files: entries.length, fetched, removed: plan.remove.length, unchanged: plan.unchanged }
}

async function requireFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new Problem('client/no-folder', 400, `${folder} cannot be made or is no folder: ${String(error)}`)
  })
}

/** A link in a file's place would be written through, and a file in a folder's place cannot be entered. */
async function clearTheWay(folder: string, entries: readonly ManifestEntry[], force: boolean): Promise<void> {
  for (const { path } of entries) {
    const parts = path.split('/')
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const at = join(folder, ...parts.slice(0, depth))
      const found = await lstat(at).catch(() => undefined)
      if (found === undefined) break
      const blocks = depth < parts.length ? !found.isDirectory() : found.isSymbolicLink()
      if (blocks && (force || depth === parts.length)) await rm(at, { force: true })
    }
  }
}

/** What the folder holds now, so that later changes are noticed. */
export async function stateOf(
  folder: string,
  version: DatasetVersion,
  entries: readonly ManifestEntry[],
  nowMs: number,
): Promise<FolderState> {
  const files: Record<string, StateFile> = Object.create(null) as Record<string, StateFile> // no inherited names
  for (const entry of entries) {
    const found = await lstat(join(folder, entry.path), { bigint: true }).catch(() => undefined)
    if (found === undefined) continue
    files[entry.path] = {
      digest: isFile(entry) ? entry.digest : `link:${entry.link}`,
      sizeBytes: isFile(entry) ? entry.sizeBytes : 0,
      modifiedAtNs: String(found.mtimeNs),
      executable: isFile(entry) && entry.executable === true,
    }
  }
  return { dataset: version.dataset, version: version.version, versionId: version.id, savedAtMs: nowMs, files }
}
