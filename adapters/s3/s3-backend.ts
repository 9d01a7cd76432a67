import { Readable } from 'node:stream'
import type { S3ServiceException } from '@aws-sdk/client-s3'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { DirectTransfers, ObjectInfo, RemoteBackend, UploadedPart } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { S3Location } from './s3.ts'

interface Upload {
  readonly key: string
  readonly id: string
}

/** The calls to S3 that a store is made of. */
export function createS3Backend(location: S3Location): RemoteBackend<Upload> {
  const client = createClient(location)
  const Bucket = location.bucket
  const name = `s3://${Bucket}${location.prefix === '' ? '' : `/${location.prefix}`}`
  const inner = location.prefix === '' ? '' : `${location.prefix}/`
  const at = (key: string) => ({ Bucket, Key: inner + key })
  const finish = async ({ key, id }: Upload, parts: readonly UploadedPart[]): Promise<void> => {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }))
    await client.send(new CompleteMultipartUploadCommand({ ...at(key), UploadId: id, MultipartUpload: { Parts } }))
  }
  const begin = async (key: string): Promise<Upload> => {
    const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(at(key)))
    return { key, id: UploadId }
  }
  const abort = async ({ key, id }: Upload): Promise<void> => {
    await client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: id })).catch(ignoreMissing)
  }
  return {
    name,
    begin,
    finish,
    abort,
    putWhole: async (key, bytes, sha256) => {
      await client.send(new PutObjectCommand({ ...at(key), Body: bytes, ChecksumSHA256: sha256.toString('base64') }))
    },
    putPart: async ({ key, id }, part, bytes) => {
      const sent = await client.send(new UploadPartCommand({ ...at(key), UploadId: id, PartNumber: part, Body: bytes }))
      return { number: part, etag: sent.ETag ?? '' }
    },
    head: async (key) => {
      const found = await client.send(new HeadObjectCommand(at(key))).catch(ignoreMissing)
      if (found === undefined) return undefined
      const modifiedAtMs = found.LastModified?.getTime() ?? 0
      return { sizeBytes: found.ContentLength ?? 0, modifiedAtMs, version: found.ETag ?? '' }
    },
    read: async (key, version, range) => {
      const Range = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }
      const { Body } = await client.send(new GetObjectCommand({ ...at(key), IfMatch: version, ...Range }))
      if (!(Body instanceof Readable)) throw new TypeError('S3 answered without a stream.')
      return Body
    },
    list: (prefix, recursive) => listKeys(client, { Bucket, inner, prefix, recursive }),
    delete: async (key) => void (await client.send(new DeleteObjectCommand(at(key)))),
    problemOf: (error, key) => problemOf(error, key, name),
    direct: directOf(client, at, { begin, finish, abort }),
  }
}

function createClient({ options }: S3Location): S3Client {
  const endpoint = options.get('endpoint') ?? named('MLFLOW_S3_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL')
  const region = options.get('region') ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // Own endpoints rarely have a name for each bucket.
    forcePathStyle: options.get('path-style') === null ? endpoint !== undefined : options.get('path-style') !== 'false',
    // Waits 100 ms, then twice as long each time, with jitter, up to 20 s.
    maxAttempts: 6,
    // A signed address must not fix a checksum that its user cannot know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
}

/** The first of these variables that says something. */
function named(...variables: readonly string[]): string | undefined {
  return variables.map((name) => process.env[name]).find((value) => value !== undefined && value !== '')
}

function directOf(
  client: S3Client,
  at: (key: string) => { Bucket: string; Key: string },
  uploads: Pick<RemoteBackend<Upload>, 'begin' | 'finish' | 'abort'>,
): DirectTransfers {
  return {
    signDownload: async (key, expiresIn) =>
      signed(await getSignedUrl(client, new GetObjectCommand(at(key)), { expiresIn })),
    signUpload: async (key, expiresIn) =>
      signed(await getSignedUrl(client, new PutObjectCommand(at(key)), { expiresIn })),
    inParts: {
      begin: async (key) => (await uploads.begin(key)).id,
      signPart: async (key, id, part, expiresIn) => {
        const command = new UploadPartCommand({ ...at(key), UploadId: id, PartNumber: part })
        return signed(await getSignedUrl(client, command, { expiresIn }))
      },
      complete: (key, id, parts) => uploads.finish({ key, id }, parts),
      abort: (key, id) => uploads.abort({ key, id }),
    },
  }
}

/** Everything that is signed is in the address. */
const signed = (url: string) => ({ url, headers: {} })

interface Listing {
  readonly Bucket: string
  readonly inner: string
  readonly prefix: string
  readonly recursive: boolean
}

async function* listKeys(client: S3Client, listing: Listing): AsyncIterable<ObjectInfo> {
  const { Bucket, inner, prefix, recursive } = listing
  let next: string | undefined
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: inner + prefix,
        ...(recursive ? {} : { Delimiter: '/' }),
        ...(next === undefined ? {} : { ContinuationToken: next }),
      }),
    )
    const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => folderInfo(Prefix.slice(inner.length)))
    const files = (page.Contents ?? [])
      .map(({ Key = '', Size = 0, LastModified }) => {
        return { key: Key.slice(inner.length), sizeBytes: Size, modifiedAtMs: LastModified?.getTime() ?? 0 }
      })
      // Consoles write empty objects to show a folder.
      .filter(({ key }) => !key.endsWith('/'))
    yield* [...folders, ...files].toSorted((a, b) => (a.key < b.key ? -1 : 1))
    next = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (next !== undefined)
}

const folderInfo = (key: string): ObjectInfo => ({ key, sizeBytes: 0, modifiedAtMs: 0 })

function ignoreMissing(error: unknown): undefined {
  if (statusOf(error) === 404) return undefined
  throw error
}

function problemOf(error: unknown, key: string, store: string): unknown {
  const status = statusOf(error)
  if (status === 404) return objectProblem['not-found']({ key }, error)
  // The object, or the upload, changed under the request.
  if (status === 409 || status === 412) return objectProblem.overtaken({ key }, error)
  if (status !== undefined || isNetworkError(error)) {
    return objectProblem.unavailable({ store, reason: reasonOf(error) }, error)
  }
  return error
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  return (error as S3ServiceException).$metadata.httpStatusCode // only the SDK's errors carry it
}

function isNetworkError(error: unknown): boolean {
  return (
    error instanceof Error &&
    (('code' in error && /^E[A-Z]+$/.test(String(error.code))) ||
      error.name === 'TimeoutError' ||
      error.name === 'CredentialsProviderError')
  )
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : String(error)
}
