import { rawBodyOf, takeRawBodies } from '@millrace/datasets'
import type { Runtime } from '@millrace/kernel'
import { callContextOf } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ArtifactName } from './artifact-content.ts'
import { putArtifact, sendArtifact } from './artifact-content.ts'

const artifact = '/api/millrace/v1/w/:workspace/runs/:id/artifacts/*'

/** What the contract cannot say: artifacts up and down. */
export async function routes(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(async (scoped) => {
    takeRawBodies(scoped)
    scoped.put(artifact, (request) => upload(runtime, request))
  })
  app.get(artifact, async (request, reply) => {
    return sendArtifact(runtime, await callContextOf(runtime, request), nameOf(request), { request, reply })
  })
}

async function upload(runtime: Runtime, request: FastifyRequest) {
  return putArtifact(runtime, await callContextOf(runtime, request), nameOf(request), rawBodyOf(request))
}

function nameOf(request: FastifyRequest): ArtifactName {
  const params = request.params as { id: string; '*': string } // the route's own pattern
  return { owner: 'run', id: params.id, path: params['*'] }
}
