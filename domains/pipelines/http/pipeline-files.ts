import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { ref } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { callContextOf, systemActor } from '@millrace/kernel'
import { forgetFile } from '../actions/forget-file.ts'
import { problem } from '../contract.ts'

const path = '/api/millrace/v1/w/:workspace/pipeline-files'
/** Files of steps are as large as data; the disk sets the limit. */
const largestFileBytes = 2 ** 40

/** Where steps lay their output files and fetch their input files: by content, below the workspace's own prefix. */
export function routePipelineFiles(app: FastifyInstance, runtime: Runtime): void {
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body))
  app.post(path, { bodyLimit: largestFileBytes }, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const on = ref('workspace', context.workspace)
    await runtime.authorize(runtime.runner.readScope(context), 'pipelines:write', on)
    // The parser above hands the body over as it arrives.
    const stored = await runtime.objects.putContent(prefixOf(context.workspace), request.body as Readable)
    void reply.code(201)
    return { digest: stored.digest, sizeBytes: stored.sizeBytes }
  })
  app.get(`${path}/:hex`, async (request, reply) => {
    const context = await callContextOf(runtime, request)
    const on = ref('workspace', context.workspace)
    await runtime.authorize(runtime.runner.readScope(context), 'pipelines:read', on)
    const { hex } = request.params as { hex: string } // named by the path
    const digest = `sha256:${hex}`
    if (!/^[0-9a-f]{64}$/.test(hex)) throw problem['no-such-file']({ digest })
    const key = `${prefixOf(context.workspace)}/${hex.slice(0, 2)}/${hex}`
    const info = await runtime.objects.stat(key)
    if (info === undefined) return noteLoss(runtime, context.workspace, digest)
    void reply.type('application/octet-stream').header('content-length', info.sizeBytes)
    return reply.send(await runtime.objects.get(key))
  })
}

/** A result whose file is gone must not be taken from the cache again. */
async function noteLoss(runtime: Runtime, workspace: string, digest: string): Promise<never> {
  await runtime.runner.act(forgetFile, { digest }, { workspace, actor: systemActor('pipelines') })
  throw problem['no-such-file']({ digest })
}

function prefixOf(workspace: string): string {
  return `pipelines/${encodeURIComponent(workspace)}`
}
