import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput, rawBodyOf, takeRawBodies } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as contract from '../../contract.ts'
import { putArtifact, sendArtifact } from './artifact-content.ts'
import { deleteArtifacts, listArtifactFolder } from './artifact-folder.ts'
import type { ArtifactName } from './artifact-name.ts'

const folder = '/api/millrace/v1/w/:workspace/runs/:id/artifacts'
const artifact = `${folder}/*`
const modelArtifact = '/api/millrace/v1/w/:workspace/logged-models/:id/artifacts/*'

/** What the contract cannot say: artifacts up and down, and their lists, which may lie elsewhere. */
export async function routes(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(async (scoped) => {
    takeRawBodies(scoped)
    scoped.put(artifact, (request) => upload(runtime, request, 'run'))
    scoped.put(modelArtifact, (request) => upload(runtime, request, 'logged-model'))
  })
  app.get(folder, (request) => list(runtime, request))
  app.get(artifact, (request, reply) => download(runtime, request, reply, 'run'))
  app.get(modelArtifact, (request, reply) => download(runtime, request, reply, 'logged-model'))
  app.delete(artifact, (request) => remove(runtime, request))
}

async function upload(
  runtime: Runtime,
  request: FastifyRequest,
  owner: ArtifactName['owner'],
): Promise<contract.Artifact> {
  const name = { ...nameOf(request), owner }
  return putArtifact(runtime, await callContextOf(runtime, request), name, rawBodyOf(request))
}

async function list(runtime: Runtime, request: FastifyRequest): Promise<{ items: contract.ArtifactEntry[] }> {
  const context = await callContextOf(runtime, request)
  const query = typeof request.query === 'object' ? request.query : {}
  const { id } = request.params as { id: string } // the route's own pattern
  const input = parseInput(contract.listArtifacts, { ...query, id })
  return { items: await listArtifactFolder(runtime, context, input) }
}

async function download(
  runtime: Runtime,
  request: FastifyRequest,
  reply: FastifyReply,
  owner: ArtifactName['owner'],
): Promise<FastifyReply> {
  const name = { ...nameOf(request), owner }
  return sendArtifact(runtime, await callContextOf(runtime, request), name, { request, reply })
}

async function remove(runtime: Runtime, request: FastifyRequest): Promise<{ removed: string[] }> {
  const context = await callContextOf(runtime, request)
  return { removed: await deleteArtifacts(runtime, context, nameOf(request)) }
}

function nameOf(request: FastifyRequest): ArtifactName {
  const params = request.params as { id: string; '*': string } // the route's own pattern
  const { id, path } = parseInput(contract.findArtifact, { id: params.id, path: params['*'] })
  return { owner: 'run', id, path }
}
