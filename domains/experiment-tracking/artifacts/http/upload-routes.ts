import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput, rawBodyOf, takeRawBodies } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Artifact } from '../../contract.ts'
import { addressOf, Upload, uploadsOf } from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import type { ArtifactOwner } from '../../model/run.ts'
import { openPlace } from './artifact-name.ts'
import { completeResumable } from './complete-upload.ts'
import { signArtifactDownload } from './direct-transfers.ts'
import { partHeadersOf } from './read-part.ts'
import { abortResumable, beginResumable, putUploadPart, uploadAddresses } from './resumable-uploads.ts'
import { findUpload } from '../actions/uploads.ts'
import { locateArtifacts, notFound } from '../actions/read-artifacts.ts'

const owners = ['run', 'logged-model'] as const satisfies readonly ArtifactOwner[]

/** What `uploadRoutes` serves. */
export const uploadEndpoints = owners.flatMap((owner) => [...Object.values(uploadsOf(owner)), addressOf(owner)])

/** Uploads that go on after a break, and transfers that do not pass through this server. */
export async function uploadRoutes(app: FastifyInstance, runtime: Runtime): Promise<void> {
  for (const owner of owners) {
    const { put } = uploadsOf(owner)
    jsonRoutes(app, runtime, owner)
    await app.register(async (scoped) => {
      takeRawBodies(scoped)
      scoped.patch(patternOf(put.path), async (request, reply) => {
        const context = await callContextOf(runtime, request)
        const name = { ...parseInput(put, request.params), owner }
        // Whoever may not write here is told so before anything else.
        await runtime.runner.ask(findUpload, name, context)
        const body = rawBodyOf(request)
        return sayingOffset(reply, () => putUploadPart(runtime, context, name, partHeadersOf(request), body))
      })
    })
  }
}

function jsonRoutes(app: FastifyInstance, runtime: Runtime, owner: ArtifactOwner): void {
  const { begin, read, addresses, complete, abort } = uploadsOf(owner)
  app.post(patternOf(begin.path), async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const { id, ...file } = parseInput(begin, inputOf(request))
    void reply.code(begin.status)
    return sayingOffset(reply, () => beginResumable(runtime, context, { owner, id }, file))
  })
  // Answers HEAD too.
  app.get(patternOf(read.path), async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const name = { ...parseInput(read, request.params), owner }
    return sayingOffset(reply, () => runtime.runner.ask(findUpload, name, context))
  })
  app.get(patternOf(addresses.path), (request) => listAddresses(runtime, request, owner))
  app.post(patternOf(complete.path), (request) => completeUpload(runtime, request, owner))
  app.delete(patternOf(abort.path), (request) => abortUpload(runtime, request, owner))
  app.get(patternOf(addressOf(owner).path), (request) => addressOfBytes(runtime, request, owner))
}

async function listAddresses(runtime: Runtime, request: FastifyRequest, owner: ArtifactOwner): Promise<unknown> {
  const context = await callContextOf(runtime, request)
  const { from, limit, ...name } = parseInput(uploadsOf(owner).addresses, inputOf(request))
  return { items: await uploadAddresses(runtime, context, { ...name, owner }, { from, limit }) }
}

async function completeUpload(runtime: Runtime, request: FastifyRequest, owner: ArtifactOwner): Promise<Artifact> {
  const context = await callContextOf(runtime, request)
  const { digest, parts, ...name } = parseInput(uploadsOf(owner).complete, inputOf(request))
  return completeResumable(runtime, context, { ...name, owner }, { digest, parts })
}

async function abortUpload(runtime: Runtime, request: FastifyRequest, owner: ArtifactOwner): Promise<object> {
  const context = await callContextOf(runtime, request)
  await abortResumable(runtime, context, { ...parseInput(uploadsOf(owner).abort, request.params), owner })
  return {}
}

/** Answers with an upload, and says in a header where it goes on: also when it refuses an offset. */
async function sayingOffset(reply: FastifyReply, work: () => Promise<Upload>): Promise<Upload> {
  try {
    const upload = Upload.parse(await work())
    void reply.header('upload-offset', upload.offset).header('upload-length', upload.sizeBytes)
    return upload
  } catch (error) {
    if (problem['upload-offset'].is(error)) void reply.header('upload-offset', String(error.params['offset']))
    throw error
  }
}

async function addressOfBytes(runtime: Runtime, request: FastifyRequest, owner: ArtifactOwner): Promise<unknown> {
  const context = await callContextOf(runtime, request)
  const { id, path, expiresInSeconds } = parseInput(addressOf(owner), inputOf(request))
  const name = { owner, id, path }
  const signed = await signArtifactDownload(runtime, context, name, expiresInSeconds)
  if (signed !== undefined) {
    const { url, headers } = signed
    return { url, headers, direct: true, expiresAtMs: runtime.nowMs() + expiresInSeconds * 1000 }
  }
  const { root, known } = await runtime.runner.ask(locateArtifacts, name, context)
  const { managed, store, prefix } = await openPlace(runtime, context, root)
  if (known === null && (managed || (await store.stat(prefix + path)) === undefined))
    throw notFound({ kind: owner, id }, path)
  const folder = `${runtime.config.basePath}/api/millrace/v1/w/${encodeURIComponent(context.workspace)}/${owner}s/${id}`
  const url = `${folder}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`
  return { url, headers: {}, direct: false, expiresAtMs: null }
}

/** A path of the contract as one of the host's. */
function patternOf(path: string): string {
  return `/api/millrace/v1/w/:workspace${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
}

/** What the contract then reads: path, and query or body. */
function inputOf({ method, body, query, params }: FastifyRequest): object {
  return { ...objectOf(method === 'GET' ? query : body), ...objectOf(params) }
}

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})
