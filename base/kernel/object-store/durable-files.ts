import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { storageProblem } from '../db/storage-problem.ts'

/** A file whose bytes are on disk. */
export interface WrittenFile {
  readonly path: string
  readonly sizeBytes: number
  readonly digest: string
}

/** So much may wait for the disk before the sender is made to wait. */
const waitingBytes = 4 * 1024 * 1024
/** So much is written at once: a socket gives 64 KiB at a time, and every write costs a trip to another thread. */
const batchBytes = 1024 * 1024
/** Syncing as the bytes come keeps the last sync short; one at the end only would add its whole time to the answer. */
const syncEveryBytes = 64 * 1024 * 1024

/** Writes a new file, hashing as the bytes pass, and syncs its data. A file that cannot be finished is removed. */
export async function writeDurably(path: string, body: Readable | Uint8Array): Promise<WrittenFile> {
  const file = await open(path, 'wx').catch((error: unknown) => {
    throw writeProblem(error)
  })
  try {
    const written = await pour(file, body)
    await file.datasync()
    await file.close()
    return { path, ...written }
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
    throw writeProblem(error)
  }
}

/** Receives and writes at the same time: while one batch is on its way to the disk, the next is taken and hashed. */
async function pour(file: FileHandle, body: Readable | Uint8Array): Promise<{ sizeBytes: number; digest: string }> {
  const hash = createHash('sha256')
  // What a request brought is nobody else's.
  const sink = createSink(file, body instanceof IncomingMessage)
  let sizeBytes = 0
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      const bytes = chunk as Uint8Array // binary streams yield bytes
      hash.update(bytes)
      sizeBytes += bytes.byteLength
      const full = sink.take(bytes)
      if (full !== undefined) await full
    }
  } finally {
    await sink.end()
  }
  sink.check()
  return { sizeBytes, digest: `sha256:${hash.digest('hex')}` }
}

function createSink(file: FileHandle, ownsChunks: boolean) {
  let waiting: Uint8Array[] = []
  let bytesWaiting = 0
  let unsynced = 0
  let writing: Promise<void> | undefined
  let syncing: Promise<void> | undefined
  let ended = false
  let failure: unknown
  /** Writing goes on meanwhile: only the last sync has to be waited for. */
  const sync = (): void => {
    unsynced = 0
    syncing = file.datasync().then(
      () => void (syncing = undefined),
      (error: unknown) => void (failure ??= error),
    )
  }
  const isDue = (): boolean => failure === undefined && waiting.length > 0 && (ended || bytesWaiting >= batchBytes)
  const drain = async (): Promise<void> => {
    try {
      while (isDue()) {
        const batch = waiting
        unsynced += bytesWaiting
        waiting = []
        bytesWaiting = 0
        await writeAll(file, batch)
        if (ownsChunks) for (const bytes of batch) release(bytes)
        if (unsynced >= syncEveryBytes && syncing === undefined) sync()
      }
    } catch (error) {
      failure = error
    }
    writing = undefined
  }
  return {
    /** Answers with a promise when the sender should wait. */
    take: (bytes: Uint8Array): Promise<void> | undefined => {
      if (failure !== undefined) throw failure as Error // what the file system threw
      waiting.push(bytes)
      bytesWaiting += bytes.byteLength
      if (bytesWaiting >= batchBytes) writing ??= drain()
      return bytesWaiting < waitingBytes ? undefined : writing
    },
    end: async () => {
      ended = true
      await writing
      await drain()
      await syncing
    },
    check: () => {
      if (failure !== undefined) throw failure as Error // what the file system threw
    },
  }
}

/**
 * Gives a chunk's memory back at once. Left to the collector, the chunks of a large upload make it mark the whole heap every
 * 64 MB: half a second of the loop's time for each gigabyte.
 */
function release(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0)
}

async function writeAll(file: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  const total = batch.reduce((sum, bytes) => sum + bytes.byteLength, 0)
  const { bytesWritten } = await file.writev(batch)
  if (bytesWritten < total) await file.writeFile(Buffer.concat(batch).subarray(bytesWritten))
}

/**
 * Syncs of folders: a rename survives a power cut only when its folder was synced too. Whoever asks while a sync of the
 * same folder runs shares the next one, so that many small files cost few syncs.
 */
export function createFolderSyncs() {
  const running = new Map<string, Promise<void>>()
  const queued = new Map<string, Promise<void>>()
  const start = (path: string): Promise<void> => {
    const sync = syncFolder(path).finally(() => running.delete(path))
    running.set(path, sync)
    return sync
  }
  return {
    sync: (path: string): Promise<void> => {
      const now = running.get(path)
      if (now === undefined) return start(path)
      const later =
        queued.get(path) ??
        now
          .catch(() => undefined)
          .then(() => {
            queued.delete(path)
            return start(path)
          })
      queued.set(path, later)
      return later
    },
  }
}

/** Makes the names in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** What a failed write means to a user. */
export function writeProblem(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return storageProblem.full({}, error)
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return storageProblem['read-only']({}, error)
  return error
}

/** The code of an error of the system, '' for any other. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
