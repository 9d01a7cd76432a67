import type { Readable } from 'node:stream'
import type { Manifest, BackupEntry } from './manifest.ts'

/** Where a backup is written. Nothing there looks like a backup before `finish` has ended. */
export interface BackupTarget {
  /** The entries of the backup before this one, whose files are there already. */
  readonly before: readonly BackupEntry[]
  write(body: Readable, sizeBytes: number): Promise<{ name: string; digest: string }>
  finish(manifest: Manifest): Promise<void>
  abandon(): Promise<void>
}

/** Where a backup is read from. */
export interface BackupSource {
  readonly place: string
  readonly manifest: Manifest
  /** Gives the content of every entry, once each, in any order. */
  each(visit: (entry: BackupEntry, body: Readable) => Promise<void>): Promise<void>
}
