import { setTimeout as wait } from 'node:timers/promises'
import { constants, zstdCompressSync } from 'node:zlib'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import type { FileEntry, ManifestEntry } from '../../contract.ts'
import { writeFrameHead } from '../../contract.ts'
import { cutFile } from './cut-file.ts'
import type { ScannedFile } from './scan-folder.ts'

/** What an upload has done so far. */
export interface UploadFigures {
  readBytes: number
  /** Sent over the wire: only what the server lacked, packed. */
  sentBytes: number
  sentChunks: number
  chunks: number
}

interface Chunk {
  readonly digest: string
  readonly bytes: Buffer
}

/** Bytes and chunks of one request, and requests under way at once. */
const batchBytes = 8 * 1024 * 1024
const batchChunks = 2000
const parallel = 3

export interface UploadOptions {
  /** Entries that need not be read again, by path. */
  readonly known: ReadonlyMap<string, FileEntry>
  readonly figures: UploadFigures
  readonly moved: () => void
}

/**
 * Cuts files into chunks and sends those that the server lacks; gives the entries of a manifest. What was sent counts: an
 * upload that broke off goes on where it was, since the server has those chunks already.
 */
export async function uploadFiles(
  api: ApiClient,
  name: string,
  files: readonly ScannedFile[],
  options: UploadOptions,
): Promise<ManifestEntry[]> {
  const { figures } = options
  const sender = createSender(api, name, figures)
  const entries: ManifestEntry[] = []
  for (const file of files) {
    const known = options.known.get(file.path)
    if (file.link !== undefined) entries.push({ path: file.path, link: file.link })
    else if (known === undefined) entries.push(await readFile(file, sender, options))
    else {
      figures.readBytes += known.sizeBytes
      entries.push(known)
    }
    options.moved()
  }
  await sender.end()
  return entries
}

type Sender = ReturnType<typeof createSender>

async function readFile(file: ScannedFile, sender: Sender, { figures, moved }: UploadOptions): Promise<FileEntry> {
  const { digest, sizeBytes, chunks } = await cutFile(file.from, (chunk) => {
    figures.readBytes += chunk.bytes.byteLength
    figures.chunks += 1
    moved()
    return sender.add(chunk.digest, chunk.bytes)
  })
  return {
    path: file.path,
    digest,
    sizeBytes,
    ...(file.executable ? { executable: true } : {}),
    ...(chunks.length > 1 ? { chunks } : {}),
  }
}

/** Collects chunks into requests; adding waits while enough of them are under way. */
function createSender(api: ApiClient, name: string, figures: UploadFigures) {
  const seen = new Set<string>()
  const running = new Set<Promise<void>>()
  let batch: Chunk[] = []
  let bytes = 0
  let failure: unknown
  const flush = async (): Promise<void> => {
    const chunks = batch
    batch = []
    bytes = 0
    if (chunks.length === 0) return
    const sending = sendMissing(api, name, chunks, figures)
      .catch((error: unknown) => void (failure ??= error))
      .finally(() => running.delete(sending))
    running.add(sending)
    if (running.size >= parallel) await Promise.race(running)
    if (failure !== undefined) throw failure as Error // what a request threw
  }
  return {
    add: (digest: string, chunk: Buffer): Promise<void> | undefined => {
      if (seen.has(digest)) return undefined
      seen.add(digest)
      batch.push({ digest, bytes: Buffer.from(chunk) })
      bytes += chunk.byteLength
      return bytes >= batchBytes || batch.length >= batchChunks ? flush() : undefined
    },
    end: async () => {
      await flush()
      await Promise.all(running)
      if (failure !== undefined) throw failure as Error // as above
    },
  }
}

async function sendMissing(
  api: ApiClient,
  name: string,
  chunks: readonly Chunk[],
  figures: UploadFigures,
): Promise<void> {
  const root = `/datasets/${encodeURIComponent(name)}`
  const digests = chunks.map(({ digest }) => digest)
  const answer = await stubborn(() => api.post<{ missing: string[] }>(`${root}/missing-chunks`, { digests }))
  const missing = new Set(answer.missing)
  const wanted = chunks.filter(({ digest }) => missing.has(digest))
  if (wanted.length === 0) return
  const body = framesOf(wanted)
  await stubborn(() =>
    api.raw('POST', `${root}/chunks`, { body, headers: { 'content-type': 'application/octet-stream' } }),
  )
  figures.sentBytes += body.byteLength
  figures.sentChunks += wanted.length
}

/** Chunks that shrink by less are sent as they are. */
const worthPacking = 0.95
/** After a chunk that does not shrink (a picture, an archive) so many are not tried. */
const untried = 15

function framesOf(chunks: readonly Chunk[]): Buffer<ArrayBuffer> {
  const parts: Uint8Array[] = []
  let skip = 0
  for (const { digest, bytes } of chunks) {
    const packed = skip > 0 ? undefined : pack(bytes)
    skip = packed === undefined ? (skip === 0 ? untried : skip - 1) : 0
    const body = packed ?? bytes
    const head = { digest, sizeBytes: bytes.byteLength, storedBytes: body.byteLength, zstd: packed !== undefined }
    parts.push(writeFrameHead(head), body)
  }
  return Buffer.concat(parts)
}

function pack(bytes: Buffer): Buffer | undefined {
  const packed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  return packed.byteLength < bytes.byteLength * worthPacking ? packed : undefined
}

const attempts = 6

/** Asks again when the server is away or overwhelmed: every request here may be sent twice. */
export async function stubborn<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask()
    } catch (error) {
      const passing = !(error instanceof Problem) || [429, 502, 503, 504].includes(error.status)
      if (!passing || attempt === attempts) throw error
      await wait(250 * 2 ** attempt)
    }
  }
}
