import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ContainerClient } from '@azure/storage-blob'
import { BlobSASPermissions, BlobServiceClient, RestError, StorageSharedKeyCredential } from '@azure/storage-blob'
import type { DirectTransfers, ObjectInfo, RemoteBackend, UploadedPart } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { AzureLocation } from './azure-blob.ts'

/** Blocks of one blob are told apart by writer, so that two uploads to one key do not mix. */
interface Upload {
  readonly key: string
  readonly id: string
}

/** The calls to Azure Blob Storage that a store is made of. */
export function createAzureBackend(location: AzureLocation): RemoteBackend<Upload> {
  const container = createContainer(location)
  const name = `azure://${location.container}${location.prefix === '' ? '' : `/${location.prefix}`}`
  const inner = location.prefix === '' ? '' : `${location.prefix}/`
  const blob = (key: string) => container.getBlockBlobClient(inner + key)
  return {
    name,
    begin: async (key) => ({ key, id: randomBytes(9).toString('hex') }),
    // Blocks that are never committed are dropped by the service after a week.
    abort: async () => undefined,
    finish: async ({ key }, parts) => {
      await blob(key).commitBlockList(parts.map(({ etag }) => etag))
    },
    putWhole: async (key, bytes) => {
      await blob(key).upload(bytes, bytes.byteLength, { blobHTTPHeaders: { blobContentMD5: md5Of(bytes) } })
    },
    putPart: async ({ key, id }, part, bytes) => {
      const blockId = blockIdOf(id, part)
      await blob(key).stageBlock(blockId, bytes, bytes.byteLength, { transactionalContentMD5: md5Of(bytes) })
      return { number: part, etag: blockId }
    },
    head: async (key) => {
      const found = await blob(key)
        .getProperties()
        .catch((error: unknown) => ignoreMissing(error))
      if (found === undefined) return undefined
      const modifiedAtMs = found.lastModified?.getTime() ?? 0
      return { sizeBytes: found.contentLength ?? 0, modifiedAtMs, version: found.etag ?? '' }
    },
    read: async (key, version, range) => {
      const [offset, count] = range === undefined ? [0, undefined] : [range.start, range.end - range.start + 1]
      const answer = await blob(key).download(offset, count, { conditions: { ifMatch: version } })
      if (!(answer.readableStreamBody instanceof Readable)) throw new TypeError('Azure answered without a stream.')
      return answer.readableStreamBody
    },
    list: (prefix, recursive) => listBlobs(container, inner, prefix, recursive),
    delete: async (key) => void (await blob(key).deleteIfExists({ deleteSnapshots: 'include' })),
    problemOf: (error, key) => problemOf(error, key, name),
    direct: directOf(blob),
  }
}

function createContainer({ account, container, options }: AzureLocation): ContainerClient {
  const retryOptions = { maxTries: 6, retryDelayInMs: 200, maxRetryDelayInMs: 20_000 }
  const connection = process.env['AZURE_STORAGE_CONNECTION_STRING']
  if (connection !== undefined && connection !== '') {
    return BlobServiceClient.fromConnectionString(connection, { retryOptions }).getContainerClient(container)
  }
  const key = process.env['AZURE_STORAGE_ACCESS_KEY'] ?? process.env['AZURE_STORAGE_KEY'] ?? ''
  const named = account === '' ? (process.env['AZURE_STORAGE_ACCOUNT'] ?? '') : account
  const url = options.get('endpoint') ?? `https://${named}.blob.core.windows.net`
  if (key === '' || named === '') {
    const reason = 'AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCESS_KEY with the account is needed'
    throw objectProblem.unavailable({ store: `azure://${container}`, reason })
  }
  const credential = new StorageSharedKeyCredential(named, key)
  return new BlobServiceClient(url, credential, { retryOptions }).getContainerClient(container)
}

function directOf(blob: (key: string) => ReturnType<ContainerClient['getBlockBlobClient']>): DirectTransfers {
  const signed = (key: string, permissions: string, seconds: number) =>
    blob(key).generateSasUrl({
      permissions: BlobSASPermissions.parse(permissions),
      // Clocks differ; an address that begins in the future is refused.
      startsOn: new Date(Date.now() - 300_000),
      expiresOn: new Date(Date.now() + seconds * 1000),
    })
  return {
    signDownload: async (key, seconds) => ({ url: await signed(key, 'r', seconds), headers: {} }),
    signUpload: async (key, seconds) => {
      return { url: await signed(key, 'cw', seconds), headers: { 'x-ms-blob-type': 'BlockBlob' } }
    },
    inParts: {
      begin: async () => randomBytes(9).toString('hex'),
      signPart: async (key, id, part, seconds) => {
        const url = new URL(await signed(key, 'cw', seconds))
        url.searchParams.set('comp', 'block')
        url.searchParams.set('blockid', blockIdOf(id, part))
        return { url: url.href, headers: {} }
      },
      // A block's id follows from its number; Azure answers no tag to it.
      complete: async (key, id, parts) => {
        await blob(key).commitBlockList(inOrder(parts).map(({ number }) => blockIdOf(id, number)))
      },
      abort: async () => undefined,
    },
  }
}

function inOrder(parts: readonly UploadedPart[]): UploadedPart[] {
  return parts.toSorted((a, b) => a.number - b.number)
}

/** All ids of a blob must have one length. */
function blockIdOf(upload: string, part: number): string {
  return Buffer.from(`${upload}-${String(part).padStart(6, '0')}`).toString('base64')
}

function md5Of(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest()
}

async function* listBlobs(
  container: ContainerClient,
  inner: string,
  prefix: string,
  recursive: boolean,
): AsyncIterable<ObjectInfo> {
  const within = { prefix: inner + prefix }
  if (recursive) {
    for await (const { name, properties } of container.listBlobsFlat(within)) {
      yield infoOf(name.slice(inner.length), properties)
    }
    return
  }
  for await (const page of container.listBlobsByHierarchy('/', within).byPage()) {
    const { blobPrefixes = [], blobItems } = page.segment
    const folders = blobPrefixes.map(({ name }) => ({ key: name.slice(inner.length), sizeBytes: 0, modifiedAtMs: 0 }))
    const files = blobItems.map(({ name, properties }) => infoOf(name.slice(inner.length), properties))
    yield* [...folders, ...files].toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }
}

function infoOf(key: string, properties: { contentLength?: number | undefined; lastModified: Date }): ObjectInfo {
  return { key, sizeBytes: properties.contentLength ?? 0, modifiedAtMs: properties.lastModified.getTime() }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof RestError && error.statusCode === 404) return undefined
  throw error
}

function problemOf(error: unknown, key: string, store: string): unknown {
  if (!(error instanceof RestError)) return error
  if (error.statusCode === 404) return objectProblem['not-found']({ key }, error)
  // A commit of somebody else dropped these blocks, or the blob changed under the request.
  if (error.statusCode === 409 || error.statusCode === 412 || error.code === 'InvalidBlockList')
    return objectProblem.overtaken({ key }, error)
  return objectProblem.unavailable(
    { store, reason: `${error.code ?? error.name} ${error.statusCode ?? ''}`.trim() },
    error,
  )
}
