import type { ArtifactEntry } from '../../model/run.ts'

/** A file as a folder shows it. */
export interface ListedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly digest: string | null
}

/** What a folder shows of the files below it: its own files, and each folder once. Sorted by path. */
export function entriesOf(folder: string, below: readonly ListedFile[]): ArtifactEntry[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const entries = new Map<string, ArtifactEntry>()
  for (const file of below) {
    const slash = file.path.indexOf('/', prefix.length)
    const entry = slash < 0 ? fileEntry(file) : folderEntry(file.path.slice(0, slash))
    entries.set(entry.path, entry)
  }
  return [...entries.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

export function fileEntry({ path, sizeBytes, digest }: ListedFile): ArtifactEntry {
  return { path, isFolder: false, sizeBytes, digest }
}

export function folderEntry(path: string): ArtifactEntry {
  return { path, isFolder: true, sizeBytes: null, digest: null }
}
