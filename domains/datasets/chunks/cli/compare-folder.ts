import type { FolderState } from './folder-state.ts'
import { isUntouched } from './folder-state.ts'
import { digestOf } from './plan-checkout.ts'
import type { ScannedFile } from './scan-folder.ts'

/** How a folder differs from what it was brought to. */
export interface FolderChanges {
  readonly added: string[]
  readonly modified: string[]
  readonly deleted: string[]
  /** Files whose bytes are those of the state, by path with their digest. */
  readonly unchanged: Map<string, string>
}

/** Compares a folder's files with its state; only files whose size or time differ are read. */
export async function compareFolder(files: readonly ScannedFile[], state: FolderState): Promise<FolderChanges> {
  const changes: FolderChanges = { added: [], modified: [], deleted: [], unchanged: new Map() }
  const here = new Set(files.map(({ path }) => path))
  for (const file of files) {
    const known = Object.hasOwn(state.files, file.path) ? state.files[file.path] : undefined
    if (known === undefined) changes.added.push(file.path)
    else if (isUntouched(state, file) || (await hasDigest(file, known))) changes.unchanged.set(file.path, known.digest)
    else changes.modified.push(file.path)
  }
  for (const path of Object.keys(state.files)) if (!here.has(path)) changes.deleted.push(path)
  return changes
}

async function hasDigest(file: ScannedFile, known: FolderState['files'][string]): Promise<boolean> {
  if (file.link !== undefined || known.digest.startsWith('link:')) return false
  if (file.sizeBytes !== known.sizeBytes || file.executable !== known.executable) return false
  return (await digestOf(file.from)) === known.digest
}
