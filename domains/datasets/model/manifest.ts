import { PathName } from '@millrace/contract'
import { z } from 'zod'
import { DatasetVersionId, Digest, FilePath, VersionName } from './dataset.ts'

/** The largest chunk anybody may store. */
export const maximumChunkBytes = 4 * 1024 * 1024
/** Entries of one version. */
export const maximumEntries = 1_000_000

const Hex = z.string().regex(/^[0-9a-f]{64}$/)

/** A chunk of a file: the SHA-256 of its bytes in hexadecimal, and how many they are. */
export const ChunkRef = z.tuple([Hex, z.int().min(1).max(maximumChunkBytes)])
export type ChunkRef = z.infer<typeof ChunkRef>

/** A file of a manifest. Without `chunks` it is one chunk whose digest is the file's, or empty. */
export const FileEntry = z.object({
  path: FilePath,
  digest: Digest,
  sizeBytes: z.int().min(0),
  executable: z.boolean().optional(),
  chunks: z.array(ChunkRef).min(2).optional(),
})
export type FileEntry = z.infer<typeof FileEntry>

/** A symbolic link to another place of the same version. */
export const LinkEntry = z.object({ path: FilePath, link: z.string().min(1).max(1024) })
export type LinkEntry = z.infer<typeof LinkEntry>

export const ManifestEntry = z.union([FileEntry, LinkEntry])
export type ManifestEntry = z.infer<typeof ManifestEntry>

/** What a manifest's first line says when it is sent; all other lines are entries. */
export const ManifestHead = z.object({
  version: VersionName.optional(),
  message: z.string().max(10_000).default(''),
  timeColumn: z.string().min(1).max(256).optional(),
  derivedFrom: z.array(DatasetVersionId).max(100).default([]),
  producedBy: z.object({ kind: z.enum(['run', 'step-attempt', 'job']), id: z.string().min(1).max(128) }).optional(),
  /** Take files as they are: nothing is read as a table. */
  asFiles: z.boolean().default(false),
})
export type ManifestHead = z.infer<typeof ManifestHead>

/** A manifest in memory. */
export interface Manifest {
  readonly entries: readonly ManifestEntry[]
}

/** The address's part: which data set gets the version. */
export const ManifestAddress = z.object({ name: PathName })

export const isFile = (entry: ManifestEntry): entry is FileEntry => 'digest' in entry

/** The chunks of a file in their order. */
export function chunksOf(file: FileEntry): readonly ChunkRef[] {
  if (file.chunks !== undefined) return file.chunks
  return file.sizeBytes === 0 ? [] : [[file.digest.slice('sha256:'.length), file.sizeBytes]]
}

/**
 * Why a manifest cannot be kept, or undefined: a path named twice, a file that is another's folder, chunks that do not
 * add up, a link that leads out of the version. Without `chunked` files are whole, of any size.
 */
export function faultOf(entries: readonly ManifestEntry[], chunked = true): string | undefined {
  if (entries.length === 0) return 'it names no file'
  const paths = new Set<string>()
  for (const { path } of entries) {
    if (paths.has(path)) return `"${path}" is named twice`
    paths.add(path)
  }
  for (const entry of entries) {
    const parent = foldersOf(entry.path).find((folder) => paths.has(folder))
    if (parent !== undefined) return `"${parent}" is a file, and "${entry.path}" lies below it`
    const fault = isFile(entry) ? (chunked ? chunkFault(entry) : undefined) : linkFault(entry)
    if (fault !== undefined) return fault
  }
  return undefined
}

function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'))
}

function chunkFault(entry: FileEntry): string | undefined {
  const { path, chunks, sizeBytes } = entry
  if (chunks === undefined) return sizeBytes > maximumChunkBytes ? `"${path}" is too large for one chunk` : undefined
  const sum = chunks.reduce((total, [, bytes]) => total + bytes, 0)
  return sum === sizeBytes ? undefined : `the chunks of "${path}" hold ${sum} bytes, not ${sizeBytes}`
}

function linkFault({ path, link }: LinkEntry): string | undefined {
  return isInside(path, link) ? undefined : `the link "${path}" leads out of the version, to "${link}"`
}

/** True when a link at `path` to `target`, read from its own folder, stays inside the tree. */
export function isInside(path: string, target: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (target.startsWith('/') || /[\u0000-\u001f\u007f\\]/.test(target)) return false
  let depth = path.split('/').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '.' && part !== '') depth += 1
    if (depth < 0) return false
  }
  return true
}
