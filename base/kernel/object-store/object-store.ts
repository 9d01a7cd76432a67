import type { Readable } from 'node:stream'
import { problems } from '@millrace/contract'

/** What is known of a stored object. */
export interface ObjectInfo {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** What a finished write says. `digest` is `sha256:<hex>` of the bytes as they passed. */
export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
  readonly digest: string
}

/** Bytes that are in the store and durable, but that nobody sees yet. End it with `publish` or `discard`. */
export interface StagedObject extends StoredObject {
  /** Makes the bytes visible at their key, whole and at once. Throws `objects/overtaken` where another writer was first. */
  publish(): Promise<void>
  discard(): Promise<void>
}

/** Bytes `start` to `end`, both included, as in an HTTP range. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** An object as it was when it was opened: a later write to its key does not reach it. End it with `read` or `close`. */
export interface OpenedObject extends ObjectInfo {
  /** All bytes, or a range that lies inside the object. Once only. */
  read(range?: Required<ByteRange>): Promise<Readable>
  /**
   * As `read`, for a pipe alone: the memory of a chunk is used again once its reader has drained it and asked for the next
   * two. Absent where reading costs no memory of this process worth saving.
   */
  lend?(range?: Required<ByteRange>): Readable
  close(): Promise<void>
}

/** A request that somebody without credentials may send until it expires. */
export interface SignedRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** One part of an upload in parts; `etag` is what the store answered to its bytes. */
export interface UploadedPart {
  readonly number: number
  readonly etag: string
}

/** Uploads in parts that clients send to the store themselves. Parts are numbered from 1. */
export interface DirectUploads {
  begin(key: string): Promise<string>
  signPart(key: string, uploadId: string, part: number, expiresInSeconds: number): Promise<SignedRequest>
  complete(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void>
  abort(key: string, uploadId: string): Promise<void>
}

/** Transfers between a client and the store that do not pass through this server. */
export interface DirectTransfers {
  signDownload(key: string, expiresInSeconds: number): Promise<SignedRequest>
  signUpload(key: string, expiresInSeconds: number): Promise<SignedRequest>
  /** Absent where the store has no such uploads. */
  readonly inParts?: DirectUploads
}

/**
 * Uploads that go on after a break, from any process with the same store. Parts come in order, numbered from 1, and lie
 * end to end; all but the last have at least 5 MiB, as S3 asks.
 */
export interface ResumableUploads {
  /** Begins an upload that nobody sees before `finish`. The answer, a text to keep, names it from then on. */
  begin(key: string): Promise<string>
  /** Stores a part durably. The same number again replaces the part. Throws `objects/not-found` for an upload that is gone. */
  putPart(upload: string, part: { number: number; offset: number }, bytes: Uint8Array): Promise<UploadedPart>
  /** Reads what was uploaded so far; absent, or undefined, where a store shows nothing before it is whole. */
  digest?(upload: string): Promise<string | undefined>
  /** Makes the parts visible at their key as one object, whole and at once. */
  finish(upload: string, parts: readonly UploadedPart[], sizeBytes: number): Promise<void>
  /** Ends an upload without a trace; one that is gone is no error. */
  abort(upload: string): Promise<void>
}

/** Files by key (`experiments/1/<run>/artifacts/model.onnx`). A key appears whole or not at all. */
export interface ObjectStore {
  /** Takes the bytes without showing them: a reader of the key sees what was there until `publish`. */
  stage(key: string, body: Readable | Uint8Array): Promise<StagedObject>
  /** `stage` and `publish` in one: a reader sees the old object or the new. */
  put(key: string, body: Readable | Uint8Array): Promise<StoredObject>
  /** Stores under `<prefix>/<first two hex>/<hex>` of its SHA-256; the same bytes are stored once. */
  putContent(prefix: string, body: Readable | Uint8Array): Promise<StoredObject>
  /** Opens for reading. Throws `objects/not-found`. */
  open(key: string): Promise<OpenedObject>
  /** Opens and reads. Throws `objects/not-found`, `objects/range`. */
  get(key: string, range?: ByteRange): Promise<Readable>
  stat(key: string): Promise<ObjectInfo | undefined>
  /** Keys under a prefix, sorted; `recursive: false` stops at `/` and names folders with a trailing `/`. */
  list(prefix: string, options?: { recursive?: boolean }): AsyncIterable<ObjectInfo>
  /** Deletes an object; one that is not there is no error. */
  delete(key: string): Promise<void>
  /** A path of this machine where the bytes lie, for readers that need one (DuckDB, onnxruntime). */
  localPath(key: string): Promise<string>
  /** Absent where bytes can only pass through this server. */
  readonly direct?: DirectTransfers
  /** Absent where nothing can be written. */
  readonly resumable?: ResumableUploads
}

export const objectProblem = problems('objects', {
  'not-found': { status: 404, say: (p: { key: string }) => `No file is stored at "${p.key}".` },
  'bad-key': {
    status: 400,
    say: (p: { key: string }) =>
      `"${p.key}" is not a path here: it may not be absolute, and no part may be empty, "." or "..".`,
  },
  range: {
    status: 416,
    say: (p: { sizeBytes: number }) => `The range lies outside the file, which has ${p.sizeBytes} bytes.`,
  },
  overtaken: {
    status: 503,
    say: (p: { key: string }) => `Somebody else wrote "${p.key}" at the same time. Send it again.`,
  },
  'folder-in-the-way': {
    status: 409,
    say: (p: { key: string }) =>
      `"${p.key}" cannot be stored: one of the names on its way is a file, or it is itself a folder. Take another path.`,
  },
  unavailable: {
    status: 503,
    say: (p: { store: string; reason: string }) =>
      `The artifact store ${p.store} does not answer as it should (${p.reason}). Nothing was changed; send it again.`,
  },
  'unknown-location': {
    status: 400,
    say: (p: { location: string }) =>
      `"${p.location}" is no place for artifacts that this server knows. Write a folder, file:///…, s3://bucket/…, gs://bucket/… or wasbs://container@account.blob.core.windows.net/….`,
  },
  'read-only': {
    status: 403,
    say: (p: { location: string }) => `Clients write to ${p.location} themselves; this server only reads there.`,
  },
})

/** Throws `objects/bad-key` for a path that could leave the store or that no file system can hold. */
export function checkKey(key: string): string {
  const parts = key.split('/')
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > 255)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (bad || Buffer.byteLength(key) > 1024 || /[\u0000-\u001f\u007f\\]/.test(key) || !key.isWellFormed())
    throw objectProblem['bad-key']({ key: printable(key) })
  return key
}

/** Where `putContent` stores bytes of this digest. */
export function contentKeyOf(prefix: string, digest: string): string {
  const hex = digest.slice('sha256:'.length)
  return checkKey(`${prefix}/${hex.slice(0, 2)}/${hex}`)
}

/** A range with both ends inside an object of this size. Throws `objects/range`. */
export function rangeWithin(range: ByteRange, sizeBytes: number): Required<ByteRange> {
  const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1)
  if (range.start < 0 || range.start > end) throw objectProblem.range({ sizeBytes })
  return { start: range.start, end }
}

/** `get` in terms of `open`. */
export async function getObject(
  store: Pick<ObjectStore, 'open'>,
  key: string,
  range: ByteRange | undefined,
): Promise<Readable> {
  const opened = await store.open(key)
  if (range === undefined) return opened.read()
  try {
    return await opened.read(rangeWithin(range, opened.sizeBytes))
  } catch (error) {
    await opened.close()
    throw error
  }
}

function printable(key: string): string {
  return JSON.stringify(key.slice(0, 200)).slice(1, -1)
}
