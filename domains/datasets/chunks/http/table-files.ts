import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Runtime } from '@millrace/kernel'
import { problem } from '../../contract.ts'

/** A copy: where it lies and what it holds. */
export interface TakenFile {
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
}

/** A file to bring: `mismatch` is thrown when its bytes have another digest; default `datasets/wrong-digest`. */
export interface WantedFile {
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
  readonly mismatch?: (is: string) => Error
}

/** Copies of files on this machine's disk, for readers that need a path. */
export interface TableFiles {
  /**
   * The path of a copy of the bytes with this digest; `read` is asked where there is none, and what it gives is verified.
   * Throws `datasets/wrong-digest`, `datasets/too-large-here`.
   */
  pathOf(file: WantedFile, read: () => AsyncIterable<Uint8Array>): Promise<string>
  /** Copies bytes whose digest is not known yet. Throws `datasets/too-large-here`. */
  take(name: string, bytes: AsyncIterable<Uint8Array>): Promise<TakenFile>
}

/** All copies together; the oldest go first. */
const defaultLimitBytes = 20 * 1024 ** 3
/** Who was given a path has read it by then. */
const inUseMs = 10 * 60_000

const open = new WeakMap<Runtime, TableFiles>()

/** The copies of this server, below `<dataDir>/datasets/copies`. */
export function tableFilesOf(runtime: Runtime): TableFiles {
  const found = open.get(runtime) ?? openTableFiles(join(runtime.dataDir, 'datasets', 'copies'), defaultLimitBytes)
  open.set(runtime, found)
  return found
}

/** Opens a folder of copies that holds at most `limitBytes`, but for those that are in use. */
export function openTableFiles(folder: string, limitBytes: number): TableFiles {
  const coming = new Map<string, Promise<string>>()
  const take = async (name: string, bytes: AsyncIterable<Uint8Array>) => {
    const taken = await copy(folder, name, bytes, limitBytes)
    const path = join(folder, taken.digest.slice('sha256:'.length))
    await rename(taken.path, path)
    return { ...taken, path }
  }
  const bring = async (path: string, file: WantedFile, read: () => AsyncIterable<Uint8Array>) => {
    if (await isThere(path, file.sizeBytes)) return path
    await mkdir(folder, { recursive: true })
    await makeRoom(folder, limitBytes - file.sizeBytes, Date.now())
    const { path: part, digest } = await copy(folder, file.path, read(), limitBytes)
    if (digest === file.digest) {
      await rename(part, path)
      return path
    }
    await rm(part, { force: true })
    throw file.mismatch?.(digest) ?? problem['wrong-digest']({ path: file.path, digest: file.digest })
  }
  return {
    take,
    pathOf: async (file, read) => {
      const { path: name, sizeBytes } = file
      if (sizeBytes > limitBytes) throw problem['too-large-here']({ what: `"${name}"`, sizeBytes, limitBytes })
      const path = join(folder, file.digest.slice('sha256:'.length))
      const running = coming.get(path) ?? bring(path, file, read).finally(() => coming.delete(path))
      coming.set(path, running)
      return running
    },
  }
}

async function isThere(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found?.size !== sizeBytes) return false
  const now = new Date()
  await utimes(path, now, now)
  return true
}

async function copy(
  folder: string,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<TakenFile> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `.${randomBytes(12).toString('hex')}`)
  const sum = createHash('sha256')
  let sizeBytes = 0
  async function* counted() {
    for await (const piece of bytes) {
      sum.update(piece)
      sizeBytes += piece.byteLength
      if (sizeBytes > limitBytes) throw problem['too-large-here']({ what: `"${name}"`, sizeBytes, limitBytes })
      yield piece
    }
  }
  try {
    await pipeline(Readable.from(counted()), createWriteStream(path, { flags: 'wx' }))
    return { path, sizeBytes, digest: `sha256:${sum.digest('hex')}` }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** Deletes the copies used longest ago until the others fit. */
async function makeRoom(folder: string, roomBytes: number, nowMs: number): Promise<void> {
  const names = await readdir(folder)
  const copies: { path: string; sizeBytes: number; usedAtMs: number }[] = []
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found !== undefined) copies.push({ path: join(folder, name), sizeBytes: found.size, usedAtMs: found.mtimeMs })
  }
  let total = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  for (const { path, sizeBytes, usedAtMs } of copies.toSorted((a, b) => a.usedAtMs - b.usedAtMs)) {
    if (total <= roomBytes || usedAtMs > nowMs - inUseMs) return
    await rm(path, { force: true })
    total -= sizeBytes
  }
}
