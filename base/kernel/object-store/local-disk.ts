import { randomBytes } from 'node:crypto'
import type { Dirent, Stats } from 'node:fs'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { createDiskUploads, isKeptUpload } from './disk-uploads.ts'
import { lendChunks } from './lend-chunks.ts'
import { codeOf, createFolderSyncs, syncFolder, writeDurably, writeProblem } from './durable-files.ts'
import type { WrittenFile } from './durable-files.ts'
import type { ObjectInfo, ObjectStore, OpenedObject, StagedObject, StoredObject } from './object-store.ts'
import { checkKey, contentKeyOf, getObject, objectProblem } from './object-store.ts'

const incomingName = '.incoming'
/** A temporary file of another process that nobody has written to for this long belongs to nobody. */
const abandonedAfterMs = 3_600_000
/** Large reads: measured on loopback, 64 KiB gives half the throughput of 512 KiB, and more gives no more. */
const readBytes = 512 * 1024

export interface LocalDiskOptions {
  /** Nobody else writes here, so that every leftover goes at the start; default true. */
  readonly exclusive?: boolean
}

/** The store on local disk under `root`. Bytes arrive in `<root>/.incoming`; what a crash left there goes at the next start, but for uploads that may go on. */
export async function openLocalDisk(root: string, options: LocalDiskOptions = {}): Promise<ObjectStore> {
  const incoming = join(root, incomingName)
  await mkdir(incoming, { recursive: true })
  await sweep(incoming, options.exclusive ?? true)
  const realRoot = await realpath(root)
  const syncs = createFolderSyncs()
  const known = options.exclusive === false ? undefined : new Set<string>()
  const write = (body: Readable | Uint8Array) => writeDurably(join(incoming, randomBytes(12).toString('hex')), body)
  const move = async (key: string, path: string): Promise<void> => {
    const target = join(realRoot, key)
    try {
      await moveInto({ root: realRoot, known }, path, target, key)
      await syncs.sync(dirname(target))
    } catch (error) {
      throw problemAt(error, key)
    }
  }
  const publish = async (key: string, written: WrittenFile): Promise<StoredObject> => {
    try {
      await move(key, written.path)
    } catch (error) {
      await rm(written.path, { force: true })
      throw error
    }
    return { key, sizeBytes: written.sizeBytes, digest: written.digest }
  }
  const stage = async (key: string, body: Readable | Uint8Array): Promise<StagedObject> => {
    allowedKey(key)
    const written = await write(body)
    return {
      key,
      sizeBytes: written.sizeBytes,
      digest: written.digest,
      publish: async () => void (await publish(key, written)),
      discard: () => rm(written.path, { force: true }),
    }
  }
  return {
    ...readLocalDisk(root),
    stage,
    put: async (key, body) => publish(allowedKey(key), await write(body)),
    putContent: async (prefix, body) => {
      const written = await write(body)
      return publish(contentKeyOf(prefix, written.digest), written)
    },
    delete: async (key) => {
      const path = join(realRoot, checkKey(key))
      if ((await infoOf(realRoot, key)) === undefined) return
      await rm(path, { force: true })
      await removeEmptyFolders(realRoot, dirname(path))
    },
    resumable: createDiskUploads(incoming, (key) => allowedKey(key), move),
  }
}

/** A folder that others write: `stage`, `put`, `putContent` and `delete` are refused with `objects/read-only`. */
export function readLocalDisk(root: string): ObjectStore {
  const refuse = async () => {
    throw objectProblem['read-only']({ location: root })
  }
  let found: Promise<string> | undefined
  // A folder that is not there yet may come.
  const real = () => (found ??= realpath(root).catch(() => ((found = undefined), root)))
  const openKey = async (key: string) => openObject(await real(), checkKey(key))
  return {
    stage: refuse,
    put: refuse,
    putContent: refuse,
    delete: refuse,
    open: openKey,
    get: (key, range) => getObject({ open: openKey }, key, range),
    stat: async (key) => infoOf(await real(), checkKey(key)),
    list: (prefix, options) => listObjects(real, prefix, options?.recursive ?? true),
    localPath: async (key) => {
      const path = join(await real(), checkKey(key))
      if ((await infoOf(await real(), key)) === undefined) throw objectProblem['not-found']({ key })
      return path
    },
  }
}

/** Refuses a bad key before a byte is read, so that nothing has to be undone. */
function allowedKey(key: string): string {
  checkKey(key)
  if (key === incomingName || key.startsWith(`${incomingName}/`)) throw objectProblem['bad-key']({ key })
  return key
}

async function sweep(incoming: string, everything: boolean): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name)
    const info = await stat(path).catch(() => undefined)
    if (info !== undefined && isKeptUpload(name, info.mtimeMs, Date.now())) continue
    if (everything || (info !== undefined && info.mtimeMs < Date.now() - abandonedAfterMs))
      await rm(path, { recursive: true, force: true })
  }
}

interface Folders {
  readonly root: string
  /** Folders that were looked at; kept only where nobody else could have changed them since. */
  readonly known: Set<string> | undefined
}

const knownFolders = 1000

async function moveInto(folders: Folders, from: string, target: string, key: string): Promise<void> {
  const folder = dirname(target)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await prepareFolder(folders, folder, key)
      return await rename(from, target)
    } catch (error) {
      folders.known?.delete(folder)
      // A delete beside us may have taken the folder while it was empty.
      if (codeOf(error) !== 'ENOENT' || attempt === 5) throw error
    }
  }
}

async function prepareFolder({ root, known }: Folders, folder: string, key: string): Promise<void> {
  if (known?.has(folder) === true) return
  await makeFolders(folder)
  await refuseEscape(root, folder, key)
  if (known !== undefined && known.size >= knownFolders) known.clear()
  known?.add(folder)
}

/** A symbolic link inside the root must not lead out of it. */
async function refuseEscape(root: string, folder: string, key: string): Promise<void> {
  const real = await realpath(folder)
  if (real !== root && !real.startsWith(root + sep)) throw objectProblem['bad-key']({ key })
}

/** Makes the folders on the way, and syncs the one that holds the first new one: a new folder is an entry like any other. */
async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let path = dirname(folder); path.startsWith(dirname(first)); path = dirname(path)) {
    await syncFolder(path)
    if (path === dirname(path)) return
  }
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; path.length > root.length; path = dirname(path)) {
    try {
      await rmdir(path)
    } catch {
      return // not empty, or somebody was faster
    }
  }
}

async function infoOf(root: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const path = await realpath(join(root, key))
    if (!path.startsWith(root === sep ? root : root + sep)) return undefined
    const found = await stat(path)
    return found.isFile() ? { key, sizeBytes: found.size, modifiedAtMs: Math.trunc(found.mtimeMs) } : undefined
  } catch {
    return undefined
  }
}

async function openObject(root: string, key: string): Promise<OpenedObject> {
  const { file, found } = await openInside(root, key)
  return {
    key,
    sizeBytes: found.size,
    modifiedAtMs: Math.trunc(found.mtimeMs),
    read: async (range) => {
      if (found.size === 0) return file.close().then(() => Readable.from([]))
      return file.createReadStream({ ...(range ?? { start: 0 }), highWaterMark: readBytes })
    },
    ...(found.size === 0 ? {} : { lend: (range) => lendChunks(file, range ?? { start: 0, end: found.size - 1 }) }),
    close: () => file.close(),
  }
}

async function openInside(root: string, key: string): Promise<{ file: FileHandle; found: Stats }> {
  const missing = (error?: unknown) => objectProblem['not-found']({ key }, error)
  const path = await realpath(join(root, key)).catch((error: unknown) => {
    throw missing(error)
  })
  if (!path.startsWith(root === sep ? root : root + sep)) throw missing()
  // A last part that became a link in between is not followed, and a pipe is not waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: unknown) => {
    throw codeOf(error) === 'EMFILE' ? error : missing(error)
  })
  const found = await file.stat()
  if (found.isFile()) return { file, found }
  await file.close()
  throw missing()
}

async function* listObjects(
  root: () => Promise<string>,
  prefix: string,
  recursive: boolean,
): AsyncIterable<ObjectInfo> {
  const base = prefix === '' ? '' : checkKey(prefix.replace(/\/$/, ''))
  yield* listFolder(await root(), base, recursive)
}

async function* listFolder(root: string, base: string, recursive: boolean): AsyncIterable<ObjectInfo> {
  const inside = base === '' ? root : await realpath(join(root, base)).catch(() => '')
  if (inside !== root && !inside.startsWith(root === sep ? root : root + sep)) return
  const entries = await readdir(inside, { withFileTypes: true }).catch(() => [])
  const named = entries.map((entry) => ({ entry, sortedBy: entry.isDirectory() ? `${entry.name}/` : entry.name }))
  for (const { entry } of named.toSorted((a, b) => (a.sortedBy < b.sortedBy ? -1 : 1))) {
    if (base === '' && entry.name === incomingName) continue
    yield* listEntry(root, base === '' ? entry.name : `${base}/${entry.name}`, entry, recursive)
  }
}

async function* listEntry(root: string, key: string, entry: Dirent, recursive: boolean): AsyncIterable<ObjectInfo> {
  if (!entry.isDirectory()) {
    const info = await infoOf(root, key)
    if (info !== undefined) yield info
    return
  }
  if (recursive) yield* listFolder(root, key, true)
  else yield { key: `${key}/`, sizeBytes: 0, modifiedAtMs: 0 }
}

function problemAt(error: unknown, key: string): unknown {
  const code = codeOf(error)
  if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'EEXIST' || code === 'ENOTEMPTY')
    return objectProblem['folder-in-the-way']({ key }, error)
  if (code === 'ENAMETOOLONG') return objectProblem['bad-key']({ key }, error)
  return writeProblem(error)
}

/** A stream of given bytes, for callers that have them in memory. */
export function streamOf(bytes: Uint8Array): Readable {
  return Readable.from([bytes])
}
