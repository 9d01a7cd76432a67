import { rawBodyOf, takeRawBodies } from '@millrace/datasets'
import type { ArtifactPlace } from '@millrace/experiment-tracking'
import { listArtifacts, putArtifact, readArtifactPlace, readRun, sendArtifact } from '@millrace/experiment-tracking'
import type { ArtifactEntry } from '@millrace/experiment-tracking/contract'
import type { Runtime } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { optionalText, runId, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import type { Call, Route } from '../wire/scope.ts'
import { contextOf, messageOf, route, speakMlflow } from '../wire/scope.ts'

const proxies = ['/api/2.0/mlflow-artifacts/artifacts', '/ajax-api/2.0/mlflow-artifacts/artifacts']

/** `artifacts/list` */
export const artifactRoutes: readonly Route[] = [route('GET', 'artifacts/list', list)]

async function list({ runtime, context, message }: Call) {
  const run = await runtime.runner.ask(readRun, { id: runId(message) }, context)
  const { items } = await runtime.runner.ask(
    listArtifacts,
    { id: run.id, path: safeFolder(optionalText(message, 'path') ?? '') },
    context,
  )
  const files = items.map((entry) => fileInfo(entry, entry.path))
  return { root_uri: run.artifactRoot, files: files.length === 0 ? undefined : files }
}

/** The proxy that `mlflow-artifacts:/…` stands for, and the pages' download address. */
export async function serveArtifacts(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(async (scoped) => {
    speakMlflow(scoped, runtime)
    takeRawBodies(scoped)
    for (const proxy of proxies) scoped.put(`${proxy}/*`, (request) => upload(runtime, request))
  })
  for (const proxy of proxies) {
    app.get(proxy, (request) => listProxied(runtime, request))
    app.get(`${proxy}/*`, (request, reply) => download(runtime, { request, reply }))
  }
  app.get('/get-artifact', (request, reply) => downloadOfRun(runtime, { request, reply }))
  app.all('/api/2.0/mlflow-artifacts/mpu/*', () => {
    throw new MlflowError(
      'NOT_IMPLEMENTED',
      'Multipart upload is not supported for the current artifact repository. Send the file as one PUT.',
    )
  })
}

async function upload(runtime: Runtime, request: FastifyRequest) {
  const { owner, path } = placeOf(wildcard(request))
  await putArtifact(
    runtime,
    await contextOf(runtime, request),
    { owner: owner.kind, id: owner.id, path },
    rawBodyOf(request),
  )
  return {}
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function download(runtime: Runtime, exchange: Exchange) {
  const { owner, path } = placeOf(wildcard(exchange.request))
  const name = { owner: owner.kind, id: owner.id, path }
  return sendArtifact(runtime, await contextOf(runtime, exchange.request), name, exchange)
}

async function downloadOfRun(runtime: Runtime, exchange: Exchange) {
  const message = messageOf(exchange.request)
  const name = { owner: 'run' as const, id: runId(message), path: text(message, 'path') }
  return sendArtifact(runtime, await contextOf(runtime, exchange.request), name, exchange)
}

/** Paths here are names inside the folder; a file or a missing folder is an empty answer. */
async function listProxied(runtime: Runtime, request: FastifyRequest) {
  const context = await contextOf(runtime, request)
  const { owner, path } = placeOf(text(messageOf(request), 'path').replace(/\/+$/, ''))
  const { items } = await runtime.runner.ask(listArtifacts, { id: owner.id, owner: owner.kind, path }, context)
  const files = items.map((entry) => fileInfo(entry, entry.path.slice(entry.path.lastIndexOf('/') + 1)))
  return { files: files.length === 0 ? undefined : files }
}

function fileInfo(entry: ArtifactEntry, path: string) {
  return { path, is_dir: entry.isFolder, file_size: entry.sizeBytes ?? undefined }
}

function placeOf(path: string): ArtifactPlace {
  const place = readArtifactPlace(safeFolder(path))
  if (place === undefined) {
    throw invalid(
      `Invalid path: '${path.slice(0, 200)}' is no place of artifacts here. They lie under <experiment>/<run>/artifacts/ and <experiment>/models/<model>/artifacts/.`,
    )
  }
  return place
}

function safeFolder(path: string): string {
  const decoded = decodeURIComponentSafely(path)
  if ([path, decoded].some((text) => /(^|\/)\.\.(\/|$)|^\/|\\|#/.test(text))) throw invalid('Invalid path')
  return path
}

function decodeURIComponentSafely(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function wildcard(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'] // the route's own pattern
}
