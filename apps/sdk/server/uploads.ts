import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Source, Upload } from '../run/platform.ts'

interface Opened {
  readonly files: readonly Upload[]
  readonly done: () => Promise<void>
}

const partBytes = 1 << 18

const nothingToDo = async () => {}

/** Opens what is to be uploaded; files are read as they are sent, never held. */
export async function openUploads(source: Source): Promise<Opened> {
  if (source instanceof ReadableStream) return keptOf(source)
  if (source instanceof Blob) return { files: [blobUpload(source)], done: nothingToDo }
  if (source instanceof Uint8Array) return { files: [blobUpload(new Blob([source]))], done: nothingToDo }
  return { files: await filesOf(source instanceof URL ? fileURLToPath(source) : source), done: nothingToDo }
}

/** A stream cannot be sent twice, so it is kept in a file until it was. */
async function keptOf(stream: ReadableStream<Uint8Array>): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-upload-'))
  const done = () => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'content')
    await pipeline(Readable.fromWeb(stream as NodeStream), createWriteStream(path, { mode: 0o600 })) // the same in Node
    return { files: await filesOf(path), done }
  } catch (error) {
    await done()
    throw error
  }
}

async function filesOf(path: string): Promise<Upload[]> {
  const info = await stat(path)
  if (info.isFile()) return [fileUpload(path, '', info.size)]
  const found = await readdir(path, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    files.sort().map(async (file) => {
      const inside = relative(path, file).split(sep).join('/')
      return fileUpload(file, inside, (await stat(file)).size)
    }),
  )
}

function fileUpload(file: string, path: string, sizeBytes: number): Upload {
  return {
    path,
    sizeBytes,
    open: () => bytesOf(file),
    digest: async () => hashOf(createReadStream(file, { highWaterMark: 1 << 20 })),
    part: async (start, wanted) => withDigest(await readAt(file, start, wanted)),
  }
}

/** Not `Readable.toWeb`, which counts chunks instead of bytes and so reads a whole file ahead. */
function bytesOf(path: string): ReadableStream<Uint8Array> {
  let file: FileHandle | undefined
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        file ??= await open(path, 'r')
        const { bytesRead, buffer } = await file.read(new Uint8Array(partBytes))
        if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead))
        await file.close()
        controller.close()
      },
      cancel: () => file?.close(),
    },
    { highWaterMark: 1 },
  )
}

function blobUpload(blob: Blob): Upload {
  return {
    path: '',
    sizeBytes: blob.size,
    open: () => blob,
    digest: async () => hashOf(Readable.fromWeb(blob.stream())),
    part: async (start, wanted) => withDigest(new Uint8Array(await blob.slice(start, start + wanted).arrayBuffer())),
  }
}

async function readAt(path: string, start: number, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(sizeBytes)
    let read = 0
    while (read < sizeBytes) {
      const { bytesRead } = await file.read(bytes, read, sizeBytes - read, start + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return bytes.subarray(0, read)
  } finally {
    await file.close()
  }
}

function withDigest(bytes: Uint8Array<ArrayBuffer>) {
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }
}

async function hashOf(bytes: Readable): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(bytes, hash)
  return `sha256:${hash.digest('hex')}`
}
