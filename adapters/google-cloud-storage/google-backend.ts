import { randomBytes } from 'node:crypto'
import type { Bucket, File, GetFilesResponse } from '@google-cloud/storage'
import { ApiError, IdempotencyStrategy, Storage } from '@google-cloud/storage'
import type { DirectTransfers, ObjectInfo, RemoteBackend } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { GoogleLocation } from './google-cloud-storage.ts'

/** Parts lie under names of their own until they are composed: a compose takes 32, so it is repeated as they come. */
interface Upload {
  readonly key: string
  readonly folder: string
}

const incoming = '.incoming/'
const composedAtOnce = 32

/** The calls to Google Cloud Storage that a store is made of. */
export function createGoogleBackend(location: GoogleLocation): RemoteBackend<Upload> {
  const bucket = createBucket(location)
  const name = `gs://${location.bucket}${location.prefix === '' ? '' : `/${location.prefix}`}`
  const inner = location.prefix === '' ? '' : `${location.prefix}/`
  const file = (key: string) => bucket.file(inner + key)
  const partFile = ({ folder }: Upload, part: number) => file(`${folder}/${String(part).padStart(6, '0')}`)
  const clear = async ({ folder }: Upload) => {
    await bucket.deleteFiles({ prefix: `${inner}${folder}/`, force: true })
  }
  return {
    name,
    begin: async (key) => ({ key, folder: `${incoming}${randomBytes(12).toString('hex')}` }),
    abort: clear,
    putWhole: (key, bytes) => save(file(key), bytes),
    putPart: async (upload, part, bytes) => {
      await save(partFile(upload, part), bytes)
      return { number: part, etag: '' }
    },
    finish: async (upload, parts) => {
      await compose(bucket, file(upload.key), {
        sources: parts.map(({ number }) => partFile(upload, number)),
        between: (round, index) => file(`${upload.folder}/composed-${round}-${index}`),
      })
      await clear(upload)
    },
    head: async (key) => {
      const found = await file(key)
        .getMetadata()
        .catch((error: unknown) => ignoreMissing(error))
      if (found === undefined) return undefined
      const [{ size, updated, generation }] = found
      return {
        sizeBytes: Number(size ?? 0),
        modifiedAtMs: updated === undefined ? 0 : Date.parse(updated),
        version: String(generation ?? ''),
      }
    },
    read: async (key, version, range) => {
      const wanted = version === '' ? file(key) : bucket.file(inner + key, { generation: version })
      return wanted.createReadStream(range === undefined ? {} : { ...range, validation: false })
    },
    list: (prefix, recursive) => listFiles(bucket, inner, prefix, recursive),
    delete: async (key) => void (await file(key).delete({ ignoreNotFound: true })),
    problemOf: (error, key) => problemOf(error, key, name),
    direct: directOf(file),
  }
}

function createBucket({ bucket, options }: GoogleLocation): Bucket {
  const endpoint = options.get('endpoint') ?? process.env['STORAGE_EMULATOR_HOST']
  const project = options.get('project')
  const storage = new Storage({
    retryOptions: {
      autoRetry: true,
      maxRetries: 6,
      // A write here is the same however often it is sent.
      idempotencyStrategy: IdempotencyStrategy.RetryAlways,
    },
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }),
    ...(project === null ? {} : { projectId: project }),
  })
  return storage.bucket(bucket)
}

async function save(file: File, bytes: Uint8Array): Promise<void> {
  await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    resumable: false,
    validation: 'crc32c',
    contentType: 'application/octet-stream',
  })
}

/** Composes any number of parts, 32 at a time, and the results again. */
async function compose(
  bucket: Bucket,
  target: File,
  how: { sources: File[]; between: (round: number, index: number) => File },
): Promise<void> {
  let sources = how.sources
  for (let round = 0; sources.length > composedAtOnce; round += 1) {
    const next: File[] = []
    for (let start = 0; start < sources.length; start += composedAtOnce) {
      const into = how.between(round, next.length)
      await bucket.combine(sources.slice(start, start + composedAtOnce), into)
      next.push(into)
    }
    sources = next
  }
  await bucket.combine(sources, target)
}

function directOf(file: (key: string) => File): DirectTransfers {
  const signed = async (key: string, action: 'read' | 'write', seconds: number) => {
    const [url] = await file(key).getSignedUrl({ version: 'v4', action, expires: Date.now() + seconds * 1000 })
    return { url, headers: {} }
  }
  return {
    signDownload: (key, seconds) => signed(key, 'read', seconds),
    signUpload: (key, seconds) => signed(key, 'write', seconds),
  }
}

async function* listFiles(
  bucket: Bucket,
  inner: string,
  prefix: string,
  recursive: boolean,
): AsyncIterable<ObjectInfo> {
  const first = { prefix: inner + prefix, autoPaginate: false, ...(recursive ? {} : { delimiter: '/' }) }
  for (let query: object | null = first; query !== null;) {
    const page: GetFilesResponse = await bucket.getFiles(query)
    const [files, next, answer] = page
    const { prefixes = [] } = (answer ?? {}) as { prefixes?: string[] } // the JSON API's own answer
    const folders = prefixes.map((found) => ({ key: found.slice(inner.length), sizeBytes: 0, modifiedAtMs: 0 }))
    const found = files.map(({ name, metadata }) => ({
      key: name.slice(inner.length),
      sizeBytes: Number(metadata.size ?? 0),
      modifiedAtMs: metadata.updated === undefined ? 0 : Date.parse(metadata.updated),
    }))
    const shown = [...folders, ...found].filter(({ key }) => !key.startsWith(incoming))
    yield* shown.toSorted((a, b) => (a.key < b.key ? -1 : 1))
    query = next ?? null
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 404) return undefined
  throw error
}

function problemOf(error: unknown, key: string, store: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const code = error.code
  if (code === 404) return objectProblem['not-found']({ key }, error)
  if (code === 409 || code === 412) return objectProblem.overtaken({ key }, error)
  const isOfTheirs = typeof code === 'number' || /^E[A-Z]+$/.test(String(code))
  return isOfTheirs ? objectProblem.unavailable({ store, reason: error.message.slice(0, 200) }, error) : error
}
