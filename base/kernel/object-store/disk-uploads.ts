import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, syncFolder, writeProblem } from './durable-files.ts'
import type { ResumableUploads, UploadedPart } from './object-store.ts'
import { objectProblem } from './object-store.ts'

/** Files of this name outlive the process that writes them. */
const prefix = 'upload-'
/** An upload that nobody has added to for this long belongs to nobody. */
const abandonedAfterMs = 86_400_000

/** Whether a file in the folder of incoming bytes is an upload that may still go on. */
export function isKeptUpload(name: string, modifiedAtMs: number, nowMs: number): boolean {
  return name.startsWith(prefix) && modifiedAtMs > nowMs - abandonedAfterMs
}

/** Uploads into one file each in `folder`, which becomes the object when it is whole. `publish` moves it to its key. */
export function createDiskUploads(
  folder: string,
  checked: (key: string) => string,
  publish: (key: string, path: string) => Promise<void>,
): ResumableUploads {
  return {
    begin: async (key) => {
      const name = prefix + randomBytes(12).toString('hex')
      const handle = JSON.stringify({ key: checked(key), name })
      const file = await open(join(folder, name), 'wx').catch((error: unknown) => {
        throw writeProblem(error)
      })
      await file.close()
      await syncFolder(folder)
      return handle
    },
    putPart: async (upload, part, bytes) => {
      await writeAt(fileOf(folder, upload), part.offset, bytes)
      return { number: part.number, etag: '' }
    },
    digest: async (upload) => {
      const { path, key } = fileOf(folder, upload)
      const hash = createHash('sha256')
      const bytes = createReadStream(path, { highWaterMark: 1024 * 1024 })
      try {
        for await (const chunk of bytes) hash.update(chunk as Uint8Array) // a stream without an encoding yields bytes
      } catch (error) {
        throw missing(error, key)
      }
      return `sha256:${hash.digest('hex')}`
    },
    finish: async (upload, _parts: readonly UploadedPart[], sizeBytes) => {
      const { path, key } = fileOf(folder, upload)
      const found = await stat(path).catch((error: unknown) => {
        throw missing(error, key)
      })
      // What a part left that broke off behind the last one.
      if (found.size > sizeBytes) await truncate(path, sizeBytes)
      await publish(key, path)
    },
    abort: (upload) => rm(fileOf(folder, upload).path, { force: true }),
  }
}

interface UploadFile {
  readonly path: string
  readonly key: string
}

function fileOf(folder: string, upload: string): UploadFile {
  const { key, name } = JSON.parse(upload) as { key: string; name: string } // what `begin` answered
  if (!/^upload-[0-9a-f]{24}$/.test(name)) throw objectProblem['bad-key']({ key: name })
  return { path: join(folder, name), key }
}

async function writeAt({ path, key }: UploadFile, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    throw missing(error, key)
  })
  try {
    for (let written = 0; written < bytes.byteLength;) {
      const left = bytes.byteLength - written
      written += (await file.write(bytes, written, left, offset + written)).bytesWritten
    }
    await file.datasync()
  } catch (error) {
    throw writeProblem(error)
  } finally {
    await file.close()
  }
}

function missing(error: unknown, key: string): unknown {
  return codeOf(error) === 'ENOENT' ? objectProblem['not-found']({ key }, error) : error
}
