import type { Readable } from 'node:stream'
import { problems } from '@millrace/contract'

/** What is known of a stored object. `digest` is `sha256:<hex>` where the store computed it. */
export interface ObjectInfo {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** What a finished write says. */
export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
  readonly digest: string
}

/** Bytes `start` to `end`, both included, as in an HTTP range. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** Files by key (`experiments/1/<run>/artifacts/model.onnx`). A key appears whole or not at all. */
export interface ObjectStore {
  /** Streams to a temporary place, syncs, then renames: a reader sees the old object or the new. */
  put(key: string, body: Readable | Uint8Array): Promise<StoredObject>
  /** Stores under `<prefix>/<first two hex>/<hex>` of its SHA-256; the same bytes are stored once. */
  putContent(prefix: string, body: Readable | Uint8Array): Promise<StoredObject>
  /** Opens for reading. Throws `objects/not-found`, `objects/range`. */
  get(key: string, range?: ByteRange): Promise<Readable>
  stat(key: string): Promise<ObjectInfo | undefined>
  /** Keys under a prefix, sorted; `recursive: false` stops at `/` and names folders with a trailing `/`. */
  list(prefix: string, options?: { recursive?: boolean }): AsyncIterable<ObjectInfo>
  delete(key: string): Promise<void>
  /** A path of this machine where the bytes lie, for readers that need one (DuckDB, onnxruntime). */
  localPath(key: string): Promise<string>
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
})

/** Throws `objects/bad-key` for a path that could leave the store or that no file system can hold. */
export function checkKey(key: string): string {
  const parts = key.split('/')
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > 255)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (bad || key.length > 1024 || /[\u0000-\u001f\u007f\\]/.test(key))
    throw objectProblem['bad-key']({ key: printable(key) })
  return key
}

function printable(key: string): string {
  return JSON.stringify(key.slice(0, 200)).slice(1, -1)
}
