import type { Artifact, ArtifactEntry } from './run.ts'

/** What a folder shows of the files below it: its own files, and each folder once. Sorted by path. */
export function entriesOf(folder: string, below: readonly Artifact[]): ArtifactEntry[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const entries = new Map<string, ArtifactEntry>()
  for (const { path, digest, sizeBytes } of below) {
    const slash = path.indexOf('/', prefix.length)
    if (slash < 0) entries.set(path, { path, isFolder: false, sizeBytes, digest })
    else
      entries.set(path.slice(0, slash), { path: path.slice(0, slash), isFolder: true, sizeBytes: null, digest: null })
  }
  return [...entries.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
