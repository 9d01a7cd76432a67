import { Readable } from 'node:stream'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { ObjectStore } from '../object-store/object-store.ts'
import { backupProblem } from './backup-problems.ts'
import type { Manifest } from './manifest.ts'
import { manifestLines, readManifest } from './manifest.ts'
import type { BackupSource, BackupTarget } from './places.ts'

const contents = 'contents'
const folder = 'backups'
const keyOf = (id: string) => `${folder}/${id}.ndjson.zst`

/**
 * A folder or bucket with many backups: each content is there once, under its SHA-256, and each backup is a manifest that
 * appears when all of it is there. What the newest backup holds unchanged is not read again.
 */
export async function writeRepository(store: ObjectStore): Promise<BackupTarget> {
  const newest = (await listBackups(store)).at(-1)
  const before = newest === undefined ? [] : (await manifestOf(store, newest, newest)).entries
  return {
    before,
    write: async (body) => {
      const { key, digest } = await store.putContent(contents, body)
      return { name: key, digest }
    },
    finish: async (manifest) => {
      const lines = Readable.from(manifestLines(manifest)).pipe(createZstdCompress())
      await store.put(keyOf(manifest.head.id), lines)
    },
    // What it has written is found by the next backup.
    abandon: async () => undefined,
  }
}

/** The ids of the backups in a repository, oldest first. */
export async function listBackups(store: ObjectStore): Promise<string[]> {
  const ids: string[] = []
  for await (const { key } of store.list(folder)) {
    const id = /^backups\/([\w.-]+)\.ndjson\.zst$/.exec(key)?.[1]
    if (id !== undefined) ids.push(id)
  }
  return ids.toSorted((a, b) => (a < b ? -1 : 1))
}

/** Opens one backup of a repository, the newest where none is named. Throws `backup/not-a-backup`. */
export async function readRepository(store: ObjectStore, place: string, wished?: string): Promise<BackupSource> {
  const ids = await listBackups(store)
  const id = wished ?? ids.at(-1)
  if (id === undefined || !ids.includes(id)) {
    const reason = ids.length === 0 ? 'there is none in it' : `it holds ${ids.join(', ')}`
    throw backupProblem['not-a-backup']({ place, reason })
  }
  const manifest = await manifestOf(store, id, place)
  return {
    place,
    manifest,
    each: async (visit) => {
      for (const entry of manifest.entries) await visit(entry, await store.get(entry.name))
    },
  }
}

async function manifestOf(store: ObjectStore, id: string, place: string): Promise<Manifest> {
  const compressed = await store.get(keyOf(id))
  const lines = createZstdDecompress()
  compressed.on('error', (error) => lines.destroy(error))
  return readManifest(compressed.pipe(lines), place)
}
