import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { writeDurably } from './durable-files.ts'

/** Copies of remote objects on this machine's disk, for readers that need a path. */
export interface FileCache {
  /** The path of a copy; `read` is asked only where there is none. The same name means the same bytes. */
  pathOf(name: string, read: () => Promise<Readable>): Promise<string>
  /** Keeps bytes while `use` works with them, knowing their digest. */
  keep<T>(body: Readable | Uint8Array, use: (file: () => Readable, digest: string) => Promise<T>): Promise<T>
}

const incomingName = '.incoming'
/** Who got a path reads it soon; after a week nobody does. */
const unusedAfterMs = 7 * 86_400_000

/** A cache in `folder`. What nobody asked for within a week goes when a server starts. */
export async function openFileCache(folder: string): Promise<FileCache> {
  const incoming = join(folder, incomingName)
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true })
  await dropUnused(folder)
  const fetching = new Map<string, Promise<string>>()
  const bring = async (path: string, read: () => Promise<Readable>): Promise<string> => {
    if (await stat(path).catch(() => undefined)) {
      const now = new Date()
      await utimes(path, now, now)
      return path
    }
    const written = await writeDurably(join(incoming, randomBytes(12).toString('hex')), await read())
    await rename(written.path, path)
    return path
  }
  return {
    pathOf: (name, read) => {
      const path = join(folder, createHash('sha256').update(name).digest('hex'))
      const running = fetching.get(path) ?? bring(path, read).finally(() => fetching.delete(path))
      fetching.set(path, running)
      return running
    },
    keep: async (body, use) => {
      const written = await writeDurably(join(incoming, randomBytes(12).toString('hex')), body)
      try {
        return await use(() => createReadStream(written.path, { highWaterMark: 1024 * 1024 }), written.digest)
      } finally {
        await rm(written.path, { force: true })
      }
    },
  }
}

async function dropUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === incomingName) continue
    const path = join(folder, name)
    const info = await stat(path).catch(() => undefined)
    if (info !== undefined && info.mtimeMs < Date.now() - unusedAfterMs) await rm(path, { force: true })
  }
}
