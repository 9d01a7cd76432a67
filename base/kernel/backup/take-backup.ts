import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import type { ObjectInfo, ObjectStore } from '../object-store/object-store.ts'
import { objectProblem } from '../object-store/object-store.ts'
import type { BackupEntry, BackupHead, Space } from './manifest.ts'
import type { BackupTarget } from './places.ts'
import { linesOf } from './row-lines.ts'
import type { RowSnapshot } from './row-snapshot.ts'

/** What is backed up. */
export interface BackupParts {
  readonly openRows: () => Promise<RowSnapshot>
  readonly objects: { readonly store: ObjectStore; readonly folders: readonly string[] }
  /** Files of the data directory; `isKept` leaves out what the rows hold and what can be made again. */
  readonly files: { readonly store: ObjectStore; readonly isKept: (key: string) => boolean }
  readonly temporaryFolder: string
  /** Where only one workspace is taken. */
  readonly workspace?: string
  readonly nowMs: () => number
  readonly progress: (done: { files: number; bytes: number }) => void
}

/** What a backup did: all it holds, and what of that was new. */
export interface BackupReport extends Pick<BackupHead, 'id' | 'atMs' | 'tables' | 'rows'> {
  readonly files: number
  readonly bytes: number
  readonly newFiles: number
  readonly newBytes: number
}

/**
 * Backs up a store in use. Rows are of one moment. Files are copied before and after it: what changed after that moment is
 * kept as it was before, what came after it is left out, and what went after it is there from the first pass. A file that
 * was replaced twice around the moment, within one backup, can be newer than its row.
 */
export async function takeBackup(parts: BackupParts, target: BackupTarget): Promise<BackupReport> {
  const copy = createCopy(parts, target)
  try {
    await copy.pass(Number.POSITIVE_INFINITY)
    const rowsPath = join(parts.temporaryFolder, `backup-rows-${process.pid}.ndjson.zst`)
    try {
      const head = await writeRows(parts, rowsPath)
      const sizeBytes = (await stat(rowsPath)).size
      const { name, digest } = await target.write(createReadStream(rowsPath), sizeBytes)
      const rows: BackupEntry = { space: 'rows', key: 'rows', sizeBytes, modifiedAtMs: head.atMs, digest, name }
      await copy.pass(head.atMs)
      const entries = [rows, ...copy.entries.values()]
      await target.finish({ head, entries })
      const bytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)
      const { id, atMs, tables } = head
      return { id, atMs, tables, rows: head.rows, files: entries.length, bytes, ...copy.fresh }
    } finally {
      await rm(rowsPath, { force: true })
    }
  } catch (error) {
    await target.abandon()
    throw error
  }
}

async function writeRows(parts: BackupParts, path: string): Promise<BackupHead> {
  const snapshot = await parts.openRows()
  // Read after the snapshot: a file that its rows name is never newer than this.
  const atMs = parts.nowMs()
  try {
    const count = { tables: 0, rows: 0 }
    const lines = Readable.from(linesOf(snapshot, count))
    await pipeline(lines, createZstdCompress(), createWriteStream(path, { mode: 0o600 }))
    const migrations: Record<string, string[]> = {}
    for (const { name, columns } of snapshot.tables) {
      if (!name.endsWith('_migration') || !columns.includes('applied_at_ms')) continue
      migrations[name] = []
      for await (const row of snapshot.rows(name)) migrations[name].push(String(row[columns.indexOf('name')]))
    }
    const id = new Date(atMs).toISOString().replaceAll(/[:]/g, '-')
    const only = parts.workspace === undefined ? {} : { workspace: parts.workspace }
    return { format: 'millrace-backup', version: 1, id, atMs, dialect: snapshot.dialect, migrations, ...count, ...only }
  } finally {
    await snapshot.close()
  }
}

function createCopy(parts: BackupParts, target: BackupTarget) {
  const keyOf = (space: Space, key: string) => `${space}\n${key}`
  const before = new Map(target.before.map((entry) => [keyOf(entry.space, entry.key), entry]))
  const entries = new Map<string, BackupEntry>()
  const fresh = { newFiles: 0, newBytes: 0 }
  let bytes = 0
  const copyOne = async (space: Space, store: ObjectStore, info: ObjectInfo): Promise<void> => {
    const at = keyOf(space, info.key)
    const known = before.get(at)
    if (known !== undefined && isSame(known, info)) {
      entries.set(at, known)
      return
    }
    const opened = await store.open(info.key).catch((error: unknown) => {
      if (objectProblem['not-found'].is(error)) return undefined
      throw error
    })
    // It was deleted since it was listed.
    if (opened === undefined) return
    const { key, sizeBytes, modifiedAtMs } = opened
    const { name, digest } = await target.write(await readAll(opened), sizeBytes)
    const entry = { space, key, sizeBytes, modifiedAtMs, digest, name }
    entries.set(at, entry)
    fresh.newFiles += 1
    fresh.newBytes += sizeBytes
    bytes += sizeBytes
    parts.progress({ files: entries.size, bytes })
  }
  return {
    entries,
    fresh,
    /** Copies what is not there yet as it is, unless it was changed after `untilMs`. */
    pass: async (untilMs: number) => {
      for await (const { space, store, info } of everything(parts)) {
        const found = entries.get(keyOf(space, info.key))
        // The server's own files only grow, or say how far the rows had come: the older copy goes with older rows.
        const isNew = found === undefined || (space === 'objects' && !isSame(found, info))
        if (isNew && info.modifiedAtMs <= untilMs) await copyOne(space, store, info)
      }
    },
  }
}

function readAll(opened: Awaited<ReturnType<ObjectStore['open']>>): Promise<Readable> {
  // Without its end, a file that somebody appends to would give more than it had.
  return opened.sizeBytes === 0 ? opened.read() : opened.read({ start: 0, end: opened.sizeBytes - 1 })
}

async function* everything({ objects, files }: BackupParts) {
  for (const folder of objects.folders) {
    for await (const info of objects.store.list(folder)) yield { space: 'objects' as const, store: objects.store, info }
  }
  for await (const info of files.store.list('')) {
    if (files.isKept(info.key)) yield { space: 'files' as const, store: files.store, info }
  }
}

function isSame(entry: BackupEntry, info: ObjectInfo): boolean {
  return entry.sizeBytes === info.sizeBytes && entry.modifiedAtMs === info.modifiedAtMs
}
