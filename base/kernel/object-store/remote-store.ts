import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type {
  ByteRange,
  DirectTransfers,
  ObjectInfo,
  ObjectStore,
  OpenedObject,
  ResumableUploads,
  StagedObject,
  StoredObject,
  UploadedPart,
} from './object-store.ts'
import { checkKey, contentKeyOf, getObject, objectProblem } from './object-store.ts'
import type { FileCache } from './file-cache.ts'

/** What an adapter of a remote store does; `createRemoteStore` makes a whole store of it. */
export interface RemoteBackend<Upload> {
  /** Names the store in sentences: `s3://bucket/prefix`. */
  readonly name: string
  /** Stores bytes in one request, which the store checks against their SHA-256 or its own checksum. */
  putWhole(key: string, bytes: Uint8Array, sha256: Buffer): Promise<void>
  /** Starts an upload in parts that nobody sees before `finish`. */
  begin(key: string): Promise<Upload>
  /** `Upload` is plain data: another process goes on with its JSON. */
  putPart(upload: Upload, part: number, bytes: Uint8Array): Promise<UploadedPart>
  finish(upload: Upload, parts: readonly UploadedPart[]): Promise<void>
  abort(upload: Upload): Promise<void>
  /** Undefined where there is no such object. `version` names the bytes, for reads that must not mix two of them. */
  head(key: string): Promise<{ sizeBytes: number; modifiedAtMs: number; version: string } | undefined>
  read(key: string, version: string, range: Required<ByteRange> | undefined): Promise<Readable>
  /** In the order of the keys' UTF-8; folders end in `/`. */
  list(prefix: string, recursive: boolean): AsyncIterable<ObjectInfo>
  delete(key: string): Promise<void>
  /** What an error of its library means: a problem of ours, or the error itself. */
  problemOf(error: unknown, key: string): unknown
  readonly direct?: DirectTransfers
}

/** Parts grow so that 10,000 of them, the most that S3 takes, hold five tebibytes: 8 MiB at first, 1 GiB at the end. */
export function partBytesOf(part: number): number {
  const mebibyte = 1024 * 1024
  if (part <= 1000) return 8 * mebibyte
  return part <= 5000 ? 64 * mebibyte : 1024 * mebibyte
}

/** So many parts of one upload are on their way at a time; memory is that many parts and the one that fills. */
const partsUnderWay = 3

/** A store on a remote backend: hashes, cuts into parts, and shows nothing before it is whole. */
export function createRemoteStore<Upload>(backend: RemoteBackend<Upload>, cache: FileCache): ObjectStore {
  const saying = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw backend.problemOf(error, key)
    }
  }
  const stage = (key: string, body: Readable | Uint8Array) =>
    saying(key, () => stageObject(backend, checkKey(key), body)).then((staged) => ({
      ...staged,
      publish: () => saying(key, () => staged.publish()),
    }))
  const open = (key: string) => saying(key, () => openObject(backend, checkKey(key)))
  const put = async (key: string, body: Readable | Uint8Array): Promise<StoredObject> => {
    const staged = await stage(key, body)
    await staged.publish()
    return { key, sizeBytes: staged.sizeBytes, digest: staged.digest }
  }
  return {
    stage,
    put,
    putContent: (prefix, body) => cache.keep(body, async (file, digest) => put(contentKeyOf(prefix, digest), file())),
    open,
    get: (key, range) => getObject({ open }, key, range),
    stat: (key) => saying(key, async () => infoOf(key, await backend.head(checkKey(key)))),
    list: (prefix, options) => {
      const base = prefix === '' ? '' : `${checkKey(prefix.replace(/\/$/, ''))}/`
      return backend.list(base, options?.recursive ?? true)
    },
    delete: (key) => saying(key, () => backend.delete(checkKey(key))),
    localPath: async (key) => {
      const opened = await open(key)
      return cache.pathOf(`${backend.name}\n${key}\n${opened.version}`, () => opened.read())
    },
    ...(backend.direct === undefined ? {} : { direct: backend.direct }),
    resumable: resumableOf(backend, saying),
  }
}

/** An upload of a backend is plain data, so its JSON names it in every process. */
function resumableOf<Upload>(
  backend: RemoteBackend<Upload>,
  saying: <T>(key: string, work: () => Promise<T>) => Promise<T>,
): ResumableUploads {
  const known = (upload: string) => JSON.parse(upload) as Upload // what `begin` answered
  return {
    begin: async (key) => JSON.stringify(await saying(key, () => backend.begin(checkKey(key)))),
    putPart: (upload, { number }, bytes) => saying(upload, () => backend.putPart(known(upload), number, bytes)),
    finish: (upload, parts) => saying(upload, () => backend.finish(known(upload), parts)),
    abort: (upload) => saying(upload, () => backend.abort(known(upload))),
  }
}

function infoOf(key: string, head: { sizeBytes: number; modifiedAtMs: number } | undefined): ObjectInfo | undefined {
  return head === undefined ? undefined : { key, sizeBytes: head.sizeBytes, modifiedAtMs: head.modifiedAtMs }
}

async function openObject<Upload>(
  backend: RemoteBackend<Upload>,
  key: string,
): Promise<OpenedObject & { version: string }> {
  const head = await backend.head(key)
  if (head === undefined) throw objectProblem['not-found']({ key })
  return {
    key,
    ...head,
    read: async (range) => (head.sizeBytes === 0 ? Readable.from([]) : backend.read(key, head.version, range)),
    close: async () => undefined,
  }
}

async function stageObject<Upload>(
  backend: RemoteBackend<Upload>,
  key: string,
  body: Readable | Uint8Array,
): Promise<StagedObject> {
  const hash = createHash('sha256')
  const parts = createPartWriter(backend, key)
  let sizeBytes = 0
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      const bytes = chunk as Uint8Array // binary streams yield bytes
      hash.update(bytes)
      sizeBytes += bytes.byteLength
      await parts.take(bytes)
    }
    const sha256 = hash.digest()
    const stored = { key, sizeBytes, digest: `sha256:${sha256.toString('hex')}` }
    const { publish } = await parts.end(sha256)
    return { ...stored, publish, discard: parts.discard }
  } catch (error) {
    await parts.discard().catch(() => undefined)
    throw error
  }
}

/** Collects chunks into parts and sends each as it fills. What fits into one part is held and sent whole on `publish`. */
function createPartWriter<Upload>(backend: RemoteBackend<Upload>, key: string) {
  let upload: Upload | undefined
  let chunks: Uint8Array[] = []
  let held = 0
  const sent: Promise<UploadedPart>[] = []
  const underWay = new Set<Promise<unknown>>()
  const send = async (): Promise<void> => {
    upload ??= await backend.begin(key)
    const bytes = Buffer.concat(chunks)
    chunks = []
    held = 0
    const part = backend.putPart(upload, sent.length + 1, bytes)
    sent.push(part)
    const settled = part.catch(() => undefined).finally(() => underWay.delete(settled))
    underWay.add(settled)
    if (underWay.size >= partsUnderWay) await Promise.race(underWay)
  }
  return {
    take: async (bytes: Uint8Array): Promise<void> => {
      let rest = bytes
      for (let room = partBytesOf(sent.length + 1) - held; rest.byteLength >= room;) {
        chunks.push(rest.subarray(0, room))
        rest = rest.subarray(room)
        await send()
        room = partBytesOf(sent.length + 1)
      }
      if (rest.byteLength > 0) chunks.push(rest)
      held += rest.byteLength
    },
    end: async (sha256: Buffer): Promise<{ publish: () => Promise<void> }> => {
      if (upload === undefined) {
        const bytes = Buffer.concat(chunks)
        return { publish: () => backend.putWhole(key, bytes, sha256) }
      }
      if (held > 0) await send()
      const open = upload
      const parts = await Promise.all(sent)
      return { publish: () => backend.finish(open, parts) }
    },
    discard: async (): Promise<void> => {
      await Promise.allSettled(sent)
      if (upload !== undefined) await backend.abort(upload)
    },
  }
}
