import type { BegunUpload } from '@millrace/experiment-tracking'
import {
  abortUpload,
  beginAt,
  beginUpload,
  completeUpload,
  looseUploads,
  nameProxied,
  signArtifactDownload,
} from '@millrace/experiment-tracking'
import type { CallContext, Runtime, UploadedPart } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { safePath } from '../wire/artifact-path.ts'
import type { Message } from '../wire/message.ts'
import { integer, messages, optionalInteger, optionalText, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import { contextOf, messageOf } from '../wire/scope.ts'

const mostParts = 10_000
const downloadSeconds = 300

/** Uploads in parts, and downloads, that clients make at the store itself, where it has such a thing. */
export function serveUploadsInParts(app: FastifyInstance, runtime: Runtime, proxies: readonly string[]): void {
  for (const proxy of proxies) {
    app.post(`${proxy}/mpu/create/*`, (request) => create(runtime, request))
    app.post(`${proxy}/mpu/complete/*`, (request) => complete(runtime, request))
    app.post(`${proxy}/mpu/abort/*`, (request) => abort(runtime, request))
    app.get(`${proxy}/presigned/*`, (request) => sign(runtime, request))
  }
}

interface Upload {
  readonly context: CallContext
  readonly message: Message
  readonly name: Awaited<ReturnType<typeof nameProxied>>
}

/** The path of the request names the folder; the message's `path` is the client's own file, whose last part it is called by. */
async function uploadOf(runtime: Runtime, request: FastifyRequest): Promise<Upload> {
  const { '*': folder = '', ...message } = messageOf(request)
  const file = text(message, 'path')
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
  const path = safePath([safePath(String(folder)).replace(/\/+$/, ''), base].filter((part) => part !== '').join('/'))
  const context = await contextOf(runtime, request)
  return { context, message, name: await nameProxied(runtime, context, path, 'experiment-tracking:write') }
}

async function create(runtime: Runtime, request: FastifyRequest) {
  const { context, message, name } = await uploadOf(runtime, request)
  const parts = optionalInteger(message, 'num_parts') ?? 1
  if (parts < 1 || parts > mostParts) throw invalid(`num_parts must be between 1 and ${mostParts} (got ${parts}).`)
  const begun =
    name.kind === 'owned' ? await beginUpload(runtime, context, name, parts) : await beginLoose(runtime, name, parts)
  if (begun === undefined) throw unsupportedUpload()
  return {
    upload_id: begun.uploadId,
    credentials: begun.parts.map(({ url, number, headers }) => ({ url, part_number: number, headers })),
  }
}

async function complete(runtime: Runtime, request: FastifyRequest) {
  const { context, message, name } = await uploadOf(runtime, request)
  const upload = { uploadId: optionalText(message, 'upload_id') ?? '', parts: messages(message, 'parts').map(partOf) }
  if (name.kind === 'owned') await completeUpload(runtime, context, name, upload)
  else {
    const at = looseUploads(runtime, name) ?? noUploads()
    await at.uploads.complete(at.key, upload.uploadId, upload.parts)
  }
  return {}
}

async function abort(runtime: Runtime, request: FastifyRequest) {
  const { context, message, name } = await uploadOf(runtime, request)
  const uploadId = optionalText(message, 'upload_id') ?? ''
  if (name.kind === 'owned') await abortUpload(runtime, context, name, uploadId)
  else {
    const at = looseUploads(runtime, name) ?? noUploads()
    await at.uploads.abort(at.key, uploadId)
  }
  return {}
}

async function sign(runtime: Runtime, request: FastifyRequest) {
  const path = safePath((request.params as { '*': string })['*']) // the route's own pattern
  const context = await contextOf(runtime, request)
  const name = await nameProxied(runtime, context, path, 'experiment-tracking:read')
  const signed =
    name.kind === 'owned'
      ? await signArtifactDownload(runtime, context, name, downloadSeconds)
      : await signLoose(runtime, name)
  if (signed === undefined) {
    throw new MlflowError('NOT_IMPLEMENTED', 'Multipart download is not supported for the current artifact repository')
  }
  return { url: signed.url, headers: signed.headers, file_size: signed.sizeBytes }
}

async function signLoose(runtime: Runtime, { key, path }: { key: string; path: string }) {
  const { direct } = runtime.objects
  if (direct === undefined) return undefined
  const info = await runtime.objects.stat(key)
  if (info === undefined) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${path}'`)
  return { ...(await direct.signDownload(key, downloadSeconds)), sizeBytes: info.sizeBytes }
}

async function beginLoose(
  runtime: Runtime,
  name: Parameters<typeof looseUploads>[1],
  parts: number,
): Promise<BegunUpload | undefined> {
  const at = looseUploads(runtime, name)
  return at === undefined ? undefined : beginAt(at.uploads, at.key, parts)
}

function partOf(part: Message): UploadedPart {
  return { number: integer(part, 'part_number'), etag: optionalText(part, 'etag') ?? '' }
}

function noUploads(): never {
  throw unsupportedUpload()
}

function unsupportedUpload(): Error {
  return new MlflowError('NOT_IMPLEMENTED', 'Multipart upload is not supported for the current artifact repository')
}
