import type { ArtifactName } from '@millrace/experiment-tracking'
import { localArtifact, sendArtifact } from '@millrace/experiment-tracking'
import type { CallContext, Runtime } from '@millrace/kernel'
import { callContextOf } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import { readVersionById } from '../actions/read-versions.ts'
import type { ModelVersion } from '../contract.ts'
import { problem } from '../contract.ts'
import { copyModelVersion } from './copy-version.ts'

/** What the contract cannot say: a version's file as a download, and copies that carry files along. */
export function routes(app: FastifyInstance, runtime: Runtime): void {
  app.get('/api/millrace/v1/w/:workspace/model-versions/:id/file', async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const { id } = request.params as { id: string } // the route's own pattern
    const version = await runtime.runner.ask(readVersionById, { id }, context)
    return sendArtifact(runtime, context, fileOf(version), { request, reply })
  })
  app.post('/api/millrace/v1/w/:workspace/models/:name/copies', async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const { name } = request.params as { name: string } // the route's own pattern
    const body = typeof request.body === 'object' && request.body !== null ? request.body : {}
    return reply.code(201).send(await copyModelVersion(runtime, context, { ...body, name }))
  })
}

/**
 * The path of this machine where a version's ONNX file lies.
 * Throws `model-registry/version-not-found`, `model-registry/no-model-file`.
 */
export async function localModelFile(runtime: Runtime, context: CallContext, versionId: string): Promise<string> {
  const version = await runtime.runner.ask(readVersionById, { id: versionId }, context)
  return localArtifact(runtime, context, fileOf(version))
}

function fileOf(version: ModelVersion): ArtifactName {
  const { loggedModelId, runId, modelFile, model } = version
  const id = loggedModelId ?? runId
  if (modelFile === null || id === null) throw problem['no-model-file']({ model, version: version.version })
  return { owner: loggedModelId === null ? 'run' : 'logged-model', id, path: modelFile }
}
