import {
  deleteProxied,
  listArtifactFolder,
  listProxied,
  locateArtifacts,
  putProxied,
  sendProxied,
  signArtifactDownload,
  signDirectUpload,
} from '@millrace/experiment-tracking'
import type { ArtifactEntry } from '@millrace/experiment-tracking/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { objectProblem, rawBodyOf, takeRawBodies } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { mlflowContentType, safeFolder, safePath } from '../wire/artifact-path.ts'
import { optionalInteger, optionalText, runId, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import type { Call, Route } from '../wire/scope.ts'
import { contextOf, messageOf, route, speakMlflow } from '../wire/scope.ts'
import { serveArtifactFiles } from './artifact-files.ts'
import { serveUploadsInParts } from './artifact-uploads.ts'

const proxies = ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts']
/** Cloud stores sign nothing for longer than a week. */
const longestSeconds = 604_800

/** What is asked of a run's artifacts, wherever they lie. */
export const artifactRoutes: readonly Route[] = [
  route('GET', 'artifacts/list', list),
  route('POST', 'artifacts/presigned-upload-url', signUpload),
  route('POST', 'artifacts/presigned-download-url', signDownload),
]

async function list({ runtime, context, message }: Call) {
  const id = runId(message)
  const path = safeFolder(optionalText(message, 'path') ?? '')
  const { root } = await runtime.runner.ask(locateArtifacts, { id }, context)
  const items = await listArtifactFolder(runtime, context, { owner: 'run', id, path })
  const files = items.map((entry) => fileInfo(entry, entry.path))
  return { files: files.length === 0 ? undefined : files, root_uri: root }
}

async function signUpload({ runtime, context, message }: Call) {
  const [run, model] = [optionalText(message, 'run_id') ?? '', optionalText(message, 'model_id') ?? '']
  const path = safePath(text(message, 'path'))
  const seconds = optionalInteger(message, 'expiration') ?? 900
  if ((run === '') === (model === '')) throw invalid('Exactly one of run_id and model_id must be provided.')
  const owner = run === '' ? ({ owner: 'logged-model', id: model } as const) : ({ owner: 'run', id: run } as const)
  await refuseProxied(runtime, context, owner, 'upload')
  const signed = await signDirectUpload(runtime, context, { ...owner, path }, seconds)
  if (signed === undefined) throw unsupported('Presigned upload')
  return { presigned_url: signed.url, headers: signed.headers }
}

async function signDownload({ runtime, context, message }: Call) {
  const owner = { owner: 'run', id: text(message, 'run_id') } as const
  const path = safePath(text(message, 'path'))
  const seconds = optionalInteger(message, 'expiration') ?? 300
  if (seconds < 1 || seconds > longestSeconds)
    throw invalid(`expiration must be between 1 and ${longestSeconds} seconds (got ${seconds}).`)
  await refuseProxied(runtime, context, owner, 'download')
  const signed = await signArtifactDownload(runtime, context, { ...owner, path }, seconds)
  if (signed === undefined) throw unsupported('Presigned download')
  return { presigned_url: signed.url, headers: signed.headers, file_size: signed.sizeBytes }
}

async function refuseProxied(
  runtime: Runtime,
  context: CallContext,
  owner: { owner: 'run' | 'logged-model'; id: string },
  what: 'upload' | 'download',
): Promise<void> {
  const { root } = await runtime.runner.ask(locateArtifacts, owner, context)
  const scheme = /^([a-z][\w+.-]*):/.exec(root)?.[1] ?? ''
  if (!['http', 'https', 'mlflow-artifacts'].includes(scheme)) return
  throw invalid(
    what === 'upload'
      ? `Presigned upload is not supported for proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a direct cloud storage artifact URI.`
      : `Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a run with a direct cloud storage artifact URI.`,
  )
}

/** The proxy that `mlflow-artifacts:/…` stands for, and the pages' download addresses. */
export async function serveArtifacts(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(async (scoped) => {
    speakMlflow(scoped, runtime)
    takeRawBodies(scoped)
    for (const proxy of proxies) {
      scoped.put(`${proxy}/artifacts/*`, (request) => upload(runtime, request))
      scoped.delete(`${proxy}/artifacts/*`, (request) => remove(runtime, request))
    }
  })
  for (const proxy of proxies) {
    app.get(`${proxy}/artifacts`, (request) => listFolder(runtime, request))
    app.get(`${proxy}/artifacts/*`, (request, reply) => download(runtime, request, reply))
  }
  serveUploadsInParts(app, runtime, proxies)
  await serveArtifactFiles(app, runtime)
}

async function upload(runtime: Runtime, request: FastifyRequest) {
  const path = safePath(wildcard(request))
  if (path.endsWith('/') || path === '') {
    throw invalid("Artifact path must include a filename (cannot end with '/').")
  }
  await putProxied(runtime, await contextOf(runtime, request), path, rawBodyOf(request))
  return {}
}

async function remove(runtime: Runtime, request: FastifyRequest) {
  const path = safeFolder(wildcard(request))
  if (path === '') throw invalid('Invalid path')
  await deleteProxied(runtime, await contextOf(runtime, request), path)
  return {}
}

async function download(runtime: Runtime, request: FastifyRequest, reply: FastifyReply) {
  const path = safePath(wildcard(request))
  const exchange = { request, reply, ...mlflowContentType(path) }
  try {
    return await sendProxied(runtime, await contextOf(runtime, request), path, exchange)
  } catch (error) {
    if (!objectProblem['not-found'].is(error)) throw error
    throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${path}'`)
  }
}

/** Paths here are names inside the folder; a file or a missing folder is an empty answer. */
async function listFolder(runtime: Runtime, request: FastifyRequest) {
  const path = safeFolder(optionalText(messageOf(request), 'path') ?? '')
  const items = await listProxied(runtime, await contextOf(runtime, request), path)
  const files = items.map((entry) => fileInfo(entry, entry.path))
  return { files: files.length === 0 ? undefined : files }
}

function fileInfo(entry: ArtifactEntry, path: string) {
  return { path, is_dir: entry.isFolder, file_size: entry.sizeBytes ?? undefined }
}

/** What this store cannot do, in the words by which clients fall back to the plain way. */
function unsupported(what: 'Presigned upload' | 'Presigned download'): Error {
  return new MlflowError('NOT_IMPLEMENTED', `${what} is not supported for the current artifact repository`)
}

function wildcard(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'] // the route's own pattern
}
