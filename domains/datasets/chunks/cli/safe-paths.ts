import { lstat, mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@millrace/contract'

/** The folders between a root and what lies at `path`: `a`, `a/b` of `a/b/c`. */
export function foldersBetween(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'))
}

/** Makes folders below a root, and never through a link: what a link leads to is not ours to write. */
export function createFolders(root: string) {
  const made = new Set<string>()
  return async (path: string): Promise<void> => {
    for (const folder of foldersBetween(path)) {
      if (made.has(folder)) continue
      const at = join(root, folder)
      const found = await lstat(at).catch(() => undefined)
      if (found === undefined) await mkdir(at).catch((error: unknown) => ignoreExisting(error))
      else if (!found.isDirectory()) {
        const sentence = `${at} is no folder, but "${path}" has to lie in it. Move it away and check out again.`
        throw new Problem('client/in-the-way', 409, sentence)
      }
      made.add(folder)
    }
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}

/** Removes folders that became empty, from the deepest up. */
export async function removeEmptyFolders(root: string, paths: readonly string[]): Promise<void> {
  const folders = new Set(paths.flatMap((path) => foldersBetween(path)))
  for (const folder of [...folders].toSorted((a, b) => b.length - a.length)) {
    await rmdir(join(root, folder)).catch(() => undefined)
  }
}
