import { createHash, randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { storageProblem } from '../db/storage-problem.ts'
import type { ByteRange, ObjectInfo, ObjectStore, StoredObject } from './object-store.ts'
import { checkKey, objectProblem } from './object-store.ts'

/** The store on local disk under `root`. Temporary files lie in `<root>/.incoming` and are cleared at the start. */
export async function openLocalDisk(root: string): Promise<ObjectStore> {
  const incoming = join(root, '.incoming')
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true })
  const realRoot = await realpath(root)
  const write = (body: Readable | Uint8Array) => writeTemporary(join(incoming, randomBytes(12).toString('hex')), body)
  return {
    put: async (key, body) => publish(realRoot, checkKey(key), await write(body)),
    putContent: async (prefix, body) => {
      const written = await write(body)
      const hex = written.digest.slice('sha256:'.length)
      return publish(realRoot, checkKey(`${prefix}/${hex.slice(0, 2)}/${hex}`), written)
    },
    get: (key, range) => openObject(realRoot, checkKey(key), range),
    stat: async (key) => infoOf(realRoot, checkKey(key)),
    list: (prefix, options) => listObjects(realRoot, prefix, options?.recursive ?? true),
    delete: (key) => rm(join(realRoot, checkKey(key)), { force: true }),
    localPath: async (key) => {
      if ((await infoOf(realRoot, checkKey(key))) === undefined) throw objectProblem['not-found']({ key })
      return join(realRoot, key)
    },
  }
}

interface Temporary {
  readonly path: string
  readonly sizeBytes: number
  readonly digest: string
}

async function writeTemporary(path: string, body: Readable | Uint8Array): Promise<Temporary> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const file = await open(path, 'wx')
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      const bytes = chunk as Uint8Array // binary streams yield bytes
      hash.update(bytes)
      sizeBytes += bytes.byteLength
      await file.writeFile(bytes)
    }
    await file.datasync()
  } catch (error) {
    await rm(path, { force: true })
    throw asStorageProblem(error)
  } finally {
    await file.close()
  }
  return { path, sizeBytes, digest: `sha256:${hash.digest('hex')}` }
}

async function publish(root: string, key: string, written: Temporary): Promise<StoredObject> {
  const target = join(root, key)
  try {
    await mkdir(dirname(target), { recursive: true })
    await refuseEscape(root, dirname(target), key)
    await rename(written.path, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await rm(written.path, { force: true })
    throw asStorageProblem(error)
  }
  return { key, sizeBytes: written.sizeBytes, digest: written.digest }
}

/** A symbolic link inside the root must not lead out of it. */
async function refuseEscape(root: string, path: string, key: string): Promise<void> {
  const real = await realpath(path)
  if (real !== root && !real.startsWith(root + sep)) throw objectProblem['bad-key']({ key })
}

/** A rename survives a power cut only when its folder was synced too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function infoOf(root: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const path = await realpath(join(root, key))
    if (!path.startsWith(root + sep)) return undefined
    const found = await stat(path)
    return found.isFile() ? { key, sizeBytes: found.size, modifiedAtMs: Math.trunc(found.mtimeMs) } : undefined
  } catch {
    return undefined
  }
}

async function openObject(root: string, key: string, range: ByteRange | undefined): Promise<Readable> {
  const info = await infoOf(root, key)
  if (info === undefined) throw objectProblem['not-found']({ key })
  if (range === undefined) return createReadStream(join(root, key))
  const end = Math.min(range.end ?? info.sizeBytes - 1, info.sizeBytes - 1)
  if (range.start < 0 || range.start > end) throw objectProblem.range({ sizeBytes: info.sizeBytes })
  return createReadStream(join(root, key), { start: range.start, end })
}

async function* listObjects(root: string, prefix: string, recursive: boolean): AsyncIterable<ObjectInfo> {
  const base = prefix === '' ? '' : checkKey(prefix.replace(/\/$/, ''))
  const entries = await readdir(join(root, base), { withFileTypes: true }).catch(() => [])
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (base === '' && entry.name === '.incoming') continue
    yield* listEntry(root, base === '' ? entry.name : `${base}/${entry.name}`, entry, recursive)
  }
}

async function* listEntry(root: string, key: string, entry: Dirent, recursive: boolean): AsyncIterable<ObjectInfo> {
  if (!entry.isDirectory()) {
    const info = await infoOf(root, key)
    if (info !== undefined) yield info
    return
  }
  if (recursive) yield* listObjects(root, key, true)
  else yield { key: `${key}/`, sizeBytes: 0, modifiedAtMs: 0 }
}

function asStorageProblem(error: unknown): unknown {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return storageProblem.full({}, error)
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return storageProblem['read-only']({}, error)
  return error
}

/** A stream of given bytes, for callers that have them in memory. */
export function streamOf(bytes: Uint8Array): Readable {
  return Readable.from([bytes])
}
