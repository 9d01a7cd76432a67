import { existsSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { spoolRoot } from '../log/log-folders.ts'
import type { ReadBatch, SpoolStreams, WantsStream } from '../log/spool-record.ts'
import { decodeRecords } from '../log/spool-record.ts'
import { closedEnding, openEnding } from '../log/spool-writer.ts'

/** Follows the spool files as they grow: each record is read once. */
export interface SpoolTail {
  /** Reads what was added to any spool file since the last call. */
  readAll(wants: WantsStream): Promise<ReadBatch[]>
  /** Reads the rest of some whole files, before they are compacted, and forgets them. */
  finish(paths: readonly string[], wants: WantsStream): Promise<ReadBatch[]>
  /** Forgets whole files that nobody wants to have read. */
  forget(paths: readonly string[]): void
}

interface Followed {
  at: number
  readonly streams: SpoolStreams
}

const pieceBytes = 4 * 1024 * 1024

/** Makes a tail that begins at the start of each file. Calls must not overlap. */
export function createSpoolTail(dataDir: string): SpoolTail {
  const followed = new Map<string, Followed>()
  const read = async (path: string, wants: WantsStream): Promise<ReadBatch[]> => {
    const key = keyOf(path)
    const known = followed.get(key) ?? { at: 0, streams: new Map() }
    followed.set(key, known)
    return readOn(path, known, wants)
  }
  return {
    readAll: async (wants) => {
      const batches: ReadBatch[] = []
      for (const path of await spoolFiles(dataDir)) batches.push(...(await read(path, wants)))
      return batches
    },
    finish: async (paths, wants) => {
      const batches: ReadBatch[] = []
      for (const path of paths) {
        batches.push(...(await read(path, wants)))
        followed.delete(keyOf(path))
      }
      return batches
    },
    forget: (paths) => {
      for (const path of paths) followed.delete(keyOf(path))
    },
  }
}

/** The same for a file that is being written and once it is whole. */
function keyOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'))
}

async function readOn(path: string, followed: Followed, wants: WantsStream): Promise<ReadBatch[]> {
  const file = await openIfThere(path)
  if (file === undefined) return []
  try {
    const batches: ReadBatch[] = []
    let size = pieceBytes
    for (;;) {
      const piece = Buffer.allocUnsafe(size)
      const { bytesRead } = await file.read(piece, 0, size, followed.at)
      const found = decodeRecords(piece.subarray(0, bytesRead), followed.streams, wants)
      batches.push(...found.batches)
      followed.at += found.readBytes
      if (bytesRead < size) return batches
      // A record larger than a piece needs a larger one.
      if (found.readBytes === 0) size *= 2
    }
  } finally {
    await file.close()
  }
}

/** A file that is being written may have been closed, and so renamed, just now: then it is found at the next call. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function spoolFiles(dataDir: string): Promise<string[]> {
  const root = spoolRoot(dataDir)
  if (!existsSync(root)) return []
  const paths: string[] = []
  for (const folder of await readdir(root, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue
    const names = await readdir(join(root, folder.name)).catch(() => []) // emptied and removed just now
    const spools = names.filter((name) => name.endsWith(openEnding) || name.endsWith(closedEnding))
    paths.push(...spools.toSorted().map((name) => join(root, folder.name, name)))
  }
  return paths
}
