import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { backupProblem } from './backup-problems.ts'
import type { Manifest } from './manifest.ts'
import { manifestLines, readManifest } from './manifest.ts'
import type { BackupSource, BackupTarget } from './places.ts'
import { readTar, tarEnd, tarHeader, tarPadding } from './tar.ts'

const manifestName = 'manifest.ndjson'

/**
 * One file `….tar.zst`, the manifest last. It is written beside its place under another name and appears there when it is
 * whole and durable. Throws `backup/exists`.
 */
export async function writeArchive(path: string, nowMs: () => number): Promise<BackupTarget> {
  if ((await stat(path).catch(() => undefined)) !== undefined) throw backupProblem.exists({ place: path })
  const partial = `${path}.partial-${process.pid}`
  const stream = new PassThrough()
  const written = pipeline(stream, createZstdCompress(), createWriteStream(partial, { mode: 0o600 }))
  written.catch(() => undefined)
  const put = async (bytes: Uint8Array) => {
    if (stream.write(bytes)) return
    // A full disk ends the pipeline, and then nothing would drain.
    await Promise.race([once(stream, 'drain'), written])
  }
  let count = 0
  const add = async (name: string, body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<string> => {
    await put(tarHeader(name, sizeBytes, nowMs()))
    const hash = createHash('sha256')
    let length = 0
    for await (const piece of body) {
      hash.update(piece)
      length += piece.byteLength
      await put(piece)
    }
    if (length !== sizeBytes)
      throw backupProblem.damaged({ what: `a file that had ${sizeBytes} bytes and then ${length}` })
    await put(tarPadding(sizeBytes))
    return `sha256:${hash.digest('hex')}`
  }
  return {
    before: [],
    write: async (body, sizeBytes) => {
      count += 1
      const name = `files/${count}`
      return { name, digest: await add(name, body, sizeBytes) }
    },
    finish: async (manifest) => {
      const bytes = Buffer.from(manifestLines(manifest).join(''))
      await add(manifestName, Readable.from([bytes]), bytes.byteLength)
      await put(tarEnd)
      stream.end()
      await written
      await syncPath(partial)
      await nameIt(partial, path)
      await syncPath(dirname(path))
    },
    abandon: async () => {
      stream.destroy()
      await written.catch(() => undefined)
      await rm(partial, { force: true })
    },
  }
}

/** A link refuses a name that somebody has taken meanwhile, which a rename would replace; some file systems have no links. */
async function nameIt(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw backupProblem.exists({ place: path }, error)
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    await rename(partial, path)
    return
  }
  await rm(partial)
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Opens an archive: reads it once for the manifest, and once more for each walk. Throws `backup/not-a-backup`. */
export async function readArchive(path: string): Promise<BackupSource> {
  let manifest: Manifest | undefined
  await walk(path, async (name, body) => {
    if (name === manifestName) manifest = await readManifest(body, path)
  })
  if (manifest === undefined) throw backupProblem['not-a-backup']({ place: path, reason: 'it has no list of files' })
  const byName = new Map(manifest.entries.map((entry) => [entry.name, entry]))
  return {
    place: path,
    manifest,
    each: (visit) =>
      walk(path, async (name, body) => {
        const entry = byName.get(name)
        if (entry !== undefined) await visit(entry, body)
      }),
  }
}

async function walk(path: string, visit: (name: string, body: Readable) => Promise<void>): Promise<void> {
  const file = createReadStream(path)
  const stream = createZstdDecompress()
  const read = pipeline(file, stream)
  read.catch(() => undefined)
  try {
    for await (const { name, body } of readTar(stream)) await visit(name, Readable.from(body, { objectMode: false }))
  } catch (error) {
    if (error instanceof RangeError || isStreamError(error)) {
      throw backupProblem['not-a-backup']({ place: path, reason: reasonOf(error) }, error)
    }
    throw error
  } finally {
    file.destroy()
    stream.destroy()
    await read.catch(() => undefined)
  }
}

/** The decompressor's and the file system's errors have codes; ours are Problems. */
function isStreamError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.name !== 'Problem'
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
