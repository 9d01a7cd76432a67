import { Readable } from 'node:stream'
import type { CallContext, OpenedObject, Runtime } from '@millrace/kernel'
import { callContextOf, parseInput, rawBodyOf, takeRawBodies } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import { readVersionById } from '../../actions/read-versions.ts'
import type { DatasetFile, DatasetVersion } from '../../contract.ts'
import * as contract from '../../contract.ts'
import { contentKey } from '../../http/register-version.ts'
import { openSourceFile } from '../../sources/http/source-files.ts'
import { linesIn, manifestOf } from './manifest-store.ts'
import { readFile, readFrames } from './read-chunks.ts'
import { findMissing, receiveChunks } from './receive-chunks.ts'
import { registerManifest } from './register-manifest.ts'

const { problem } = contract
const root = '/api/millrace/v1/w/:workspace'

/** What moves chunks and manifests: bodies and answers that are no JSON, and work before a transaction. */
export async function chunkRoutes(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(async (scoped) => {
    takeRawBodies(scoped)
    scoped.post(`${root}/datasets/:name/chunks`, async (request) => {
      const { name } = parseInput(contract.uploadChunks, request.params)
      return receiveChunks(runtime, await callContextOf(runtime, request), name, rawBodyOf(request))
    })
    scoped.post(`${root}/datasets/:name/manifests`, async (request) => {
      const { name } = parseInput(contract.registerManifest, request.params)
      return registerManifest(runtime, await callContextOf(runtime, request), name, rawBodyOf(request))
    })
  })
  app.post(`${root}/datasets/:name/missing-chunks`, async (request) => {
    const input = parseInput(contract.findMissingChunks, { ...asObject(request.body), ...asObject(request.params) })
    return findMissing(runtime, await callContextOf(runtime, request), input)
  })
  app.get(`${root}/dataset-versions/:id/manifest`, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const manifest = await manifestOf(runtime, context.workspace, await versionOf(runtime, context, request.params))
    return reply.type('application/x-ndjson').send(Readable.from(linesIn(manifest)))
  })
  app.post(`${root}/dataset-versions/:id/chunks`, async (request, reply) => {
    const input = parseInput(contract.downloadChunks, { ...asObject(request.body), ...asObject(request.params) })
    const context = await callContextOf(runtime, request)
    const version = await versionOf(runtime, context, input)
    await requireOwnChunks(runtime, context.workspace, version, input.digests)
    const frames = readFrames(runtime, context.workspace, input.digests, `${version.dataset}@${version.version}`)
    return reply.type('application/octet-stream').send(Readable.from(bytesOf(frames)))
  })
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function versionOf(runtime: Runtime, context: CallContext, params: unknown): Promise<DatasetVersion> {
  return runtime.runner.ask(readVersionById, { id: String(asObject(params)['id']) }, context)
}

async function* bytesOf(frames: AsyncIterable<contract.Frame>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of frames) yield bytes
}

const ownChunks = new WeakMap<object, Set<string>>()

/** Who may read a version may read its chunks, and no others. Throws `datasets/chunks-missing`. */
async function requireOwnChunks(
  runtime: Runtime,
  workspace: string,
  version: DatasetVersion,
  digests: readonly string[],
): Promise<void> {
  const manifest = await manifestOf(runtime, workspace, version)
  // Kept as long as the manifest itself is.
  const own =
    ownChunks.get(manifest) ??
    new Set(
      manifest.entries.filter(contract.isFile).flatMap((file) => contract.chunksOf(file).map(([digest]) => digest)),
    )
  ownChunks.set(manifest, own)
  const strange = digests.filter((digest) => !own.has(digest))
  if (strange.length > 0)
    throw problem['chunks-missing']({ count: strange.length, path: `${version.dataset}@${version.version}` })
}

/** A file of a version, wherever its bytes lie. Throws `datasets/file-not-found`, `datasets/source-changed`. */
export async function openVersionFile(
  runtime: Runtime,
  workspace: string,
  version: DatasetVersion,
  path: string,
): Promise<{ digest: string; opened: OpenedObject }> {
  if (version.storage === 'chunks') return openChunkedFile(runtime, workspace, version, path)
  const file: DatasetFile | undefined = version.files.find((candidate) => candidate.path === path)
  if (file === undefined) throw problem['file-not-found']({ path })
  const { digest } = file
  if (version.storage === 'source') return { digest, opened: await openSourceFile(runtime, workspace, version, file) }
  return { digest, opened: await runtime.objects.open(contentKey(digest)) }
}

async function openChunkedFile(runtime: Runtime, workspace: string, version: DatasetVersion, path: string) {
  const { entries } = await manifestOf(runtime, workspace, version)
  const entry = entries.filter(contract.isFile).find((candidate) => candidate.path === path)
  if (entry === undefined) throw problem['file-not-found']({ path })
  const { digest, sizeBytes } = entry
  const chunks = contract.chunksOf(entry)
  const opened: OpenedObject = {
    key: path,
    sizeBytes,
    modifiedAtMs: version.createdAtMs,
    read: async (range) => Readable.from(readFile(runtime, workspace, { path, chunks }, range)),
    close: async () => undefined,
  }
  return { digest, opened }
}
