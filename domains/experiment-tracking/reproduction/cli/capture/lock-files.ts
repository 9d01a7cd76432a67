import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecordedProvenance } from '../../../contract.ts'
import { digestOfFile, placeBelow } from './git.ts'

const known =
  /^(requirements[\w.-]*\.txt|constraints[\w.-]*\.txt|pyproject\.toml|setup\.(py|cfg)|(poetry|uv|pdm|Pipfile|conda|conda-lock)\.(lock|yml)|Pipfile\.lock|environment\.ya?ml|package\.json|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lock|Dockerfile|MLproject)$/

/** The files that say which packages there should be, in the working directory and at the repository's root, by content. */
export async function captureLockFiles(root: string, cwd: string): Promise<RecordedProvenance['lockFiles']> {
  const folders = [...new Set([root, cwd])]
  const found = await Promise.all(folders.map((folder) => inFolder(root, folder)))
  return found.flat().toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function inFolder(root: string, folder: string): Promise<RecordedProvenance['lockFiles']> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => known.test(name))
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const [digest, facts] = await Promise.all([digestOfFile(path), stat(path).catch(() => undefined)])
      return digest === null ? [] : [{ path: placeBelow(root, path), digest, sizeBytes: facts?.size ?? 0 }]
    }),
  )
  return files.flat()
}
