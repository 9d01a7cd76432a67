import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import type { Database, MigrationSet } from '../db/db.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { backupProblem } from './backup-problems.ts'
import { loadRows } from './load-rows.ts'
import type { BackupEntry } from './manifest.ts'
import type { BackupSource } from './places.ts'

export interface RestoreParts {
  readonly objects: ObjectStore
  readonly files: ObjectStore
  /** Opened when all files are in their places. */
  readonly openDatabase: () => Promise<{
    database: Database
    sets: readonly MigrationSet[]
    close: () => Promise<void>
  }>
  readonly temporaryFolder: string
  readonly progress: (done: { files: number; bytes: number }) => void
}

export interface RestoreReport {
  readonly id: string
  readonly atMs: number
  readonly tables: number
  readonly rows: number
  readonly files: number
  readonly bytes: number
}

/**
 * Restores a backup into an empty place: files first, each compared with its digest, then all rows in one transaction.
 * Throws `backup/damaged`, `migrations/newer`.
 */
export async function restoreBackup(parts: RestoreParts, source: BackupSource): Promise<RestoreReport> {
  const { head } = source.manifest
  if (head.workspace !== undefined) throw backupProblem['one-workspace']({ workspace: head.workspace })
  const rowsPath = join(parts.temporaryFolder, `restore-rows-${process.pid}.ndjson.zst`)
  const seen = new Set<BackupEntry>()
  let bytes = 0
  try {
    await source.each(async (entry, body) => {
      await (entry.space === 'rows' ? keepRows(entry, body, rowsPath) : putFile(parts, entry, body))
      seen.add(entry)
      bytes += entry.sizeBytes
      parts.progress({ files: seen.size, bytes })
    })
    const missing = source.manifest.entries.find((entry) => !seen.has(entry))
    if (missing !== undefined) throw backupProblem.damaged({ what: missing.key })
    const { database, sets, close } = await parts.openDatabase()
    try {
      const file = createReadStream(rowsPath)
      const lines = createZstdDecompress()
      const read = pipeline(file, lines)
      const loaded = await loadRows(database, sets, head.migrations, { lines, place: source.place })
      await read
      return { id: head.id, atMs: head.atMs, ...loaded, files: seen.size, bytes }
    } finally {
      await close()
    }
  } finally {
    await rm(rowsPath, { force: true })
  }
}

async function putFile({ objects, files }: RestoreParts, entry: BackupEntry, body: Readable): Promise<void> {
  const store = entry.space === 'objects' ? objects : files
  const { digest, sizeBytes } = await store.put(entry.key, body)
  if (digest !== entry.digest || sizeBytes !== entry.sizeBytes) throw backupProblem.damaged({ what: entry.key })
}

/** Writes the rows of a backup, still compressed, to a file. Throws `backup/damaged`. */
export async function keepRows(entry: BackupEntry, body: Readable, path: string): Promise<void> {
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(body, hashing, createWriteStream(path, { mode: 0o600 }))
  if (`sha256:${hash.digest('hex')}` !== entry.digest) throw backupProblem.damaged({ what: 'the rows' })
}
