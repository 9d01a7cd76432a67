import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '@millrace/contract'
import type { FileEntry } from '../../contract.ts'
import { chunksOf } from '../../contract.ts'
import { cutFile } from './cut-file.ts'
import { partsFolder } from './folder-state.ts'
import { digestOf } from './plan-checkout.ts'

/** A file that is being written: beside the folder's files until it is whole and verified, then in its place. */
export interface WrittenFile {
  /** True when the chunk lies here already; it is then in its place. */
  has(digest: string, sizeBytes: number, atBytes: number): Promise<boolean>
  isWritten(atBytes: number): boolean
  write(bytes: Uint8Array, atBytes: number): Promise<void>
  /** Says that all chunks were asked for: a file that needs none more is finished. */
  listed(): Promise<void>
}

/** Smaller files are put together in memory. */
const inMemoryBytes = 8 * 1024 * 1024

interface Place {
  readonly folder: string
  readonly makeFolders: (path: string) => Promise<void>
}

/** Starts a file below a folder. */
export async function startFile(entry: FileEntry, place: Place): Promise<WrittenFile> {
  const target = join(place.folder, entry.path)
  const part = join(
    place.folder,
    partsFolder,
    `${entry.digest.slice('sha256:'.length)}-${hash('sha256', entry.path, 'hex').slice(0, 12)}`,
  )
  const old = chunksOf(entry).length > 1 ? await chunksIn(target) : new Map<string, number>()
  const bytes = entry.sizeBytes <= inMemoryBytes ? inMemory(entry, part) : await onDisk(part)
  const written = new Set<number>()
  let left = chunksOf(entry).length
  const finish = async () => {
    await bytes.end()
    if (chunksOf(entry).length > 1 && (await digestOf(part)) !== entry.digest) {
      await rm(part, { force: true })
      throw new Problem(
        'client/damaged',
        502,
        `"${entry.path}" is not ${entry.digest} after it was put together. Fetch it again.`,
      )
    }
    await place.makeFolders(entry.path)
    await putInPlace(part, target, entry)
  }
  const put = async (chunk: Uint8Array, atBytes: number) => {
    if (written.has(atBytes)) return
    await bytes.write(chunk, atBytes)
    written.add(atBytes)
    left -= 1
    if (left === 0) await finish()
  }
  return {
    isWritten: (atBytes) => written.has(atBytes),
    write: put,
    listed: async () => {
      if (chunksOf(entry).length === 0) await finish()
    },
    has: async (digest, sizeBytes, atBytes) => {
      const own = await bytes.read(atBytes, sizeBytes)
      const from = old.get(digest)
      const found = isRight(own, digest) ? own : from === undefined ? undefined : await readAt(target, from, sizeBytes)
      if (found === undefined || !isRight(found, digest)) return false
      await put(found, atBytes)
      return true
    },
  }
}

const isRight = (bytes: Uint8Array | undefined, digest: string) =>
  bytes !== undefined && hash('sha256', bytes, 'hex') === digest

async function putInPlace(part: string, target: string, entry: FileEntry): Promise<void> {
  const file = await open(part, 'r')
  try {
    await file.chmod(entry.executable === true ? 0o755 : 0o644)
  } finally {
    await file.close()
  }
  await rename(part, target).catch((error: unknown) => {
    const sentence = `${target} is a folder, but a file of the version belongs there. Move it away and check out again.`
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR')
      throw new Problem('client/in-the-way', 409, sentence)
    throw error
  })
}

/** Where the chunks of a file lie that is to be replaced: most of a large file usually stays. */
async function chunksIn(path: string): Promise<Map<string, number>> {
  const places = new Map<string, number>()
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) return places
  await cutFile(path, (chunk) => {
    places.set(chunk.digest, chunk.atBytes)
    return undefined
  })
  return places
}

async function readAt(path: string, atBytes: number, sizeBytes: number): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const bytes = Buffer.allocUnsafe(sizeBytes)
    const { bytesRead } = await file.read(bytes, 0, sizeBytes, atBytes)
    return bytesRead === sizeBytes ? bytes : undefined
  } finally {
    await file.close()
  }
}

interface Bytes {
  read(atBytes: number, sizeBytes: number): Promise<Uint8Array | undefined>
  write(chunk: Uint8Array, atBytes: number): Promise<void>
  end(): Promise<void>
}

function inMemory(entry: FileEntry, part: string): Bytes {
  let whole: Buffer | undefined
  return {
    read: async () => undefined,
    write: async (chunk, atBytes) => {
      whole ??= Buffer.allocUnsafe(entry.sizeBytes)
      whole.set(chunk, atBytes)
    },
    end: async () => {
      await mkdir(dirname(part), { recursive: true })
      await writeFile(part, whole ?? Buffer.alloc(0))
      whole = undefined
    },
  }
}

/** A part on disk keeps what an earlier fetch wrote. */
async function onDisk(part: string): Promise<Bytes> {
  await mkdir(dirname(part), { recursive: true })
  const before = (await stat(part).catch(() => undefined))?.size ?? 0
  const file = await open(part, constants.O_RDWR | constants.O_CREAT)
  return {
    read: async (atBytes, sizeBytes) => {
      if (atBytes + sizeBytes > before) return undefined
      const bytes = Buffer.allocUnsafe(sizeBytes)
      const { bytesRead } = await file.read(bytes, 0, sizeBytes, atBytes)
      return bytesRead === sizeBytes ? bytes : undefined
    },
    write: async (chunk, atBytes) => {
      await file.write(chunk, 0, chunk.byteLength, atBytes)
    },
    end: () => file.close(),
  }
}
