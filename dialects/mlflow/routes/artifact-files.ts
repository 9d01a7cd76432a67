import { putArtifact, readLoggedModel, sendArtifact } from '@millrace/experiment-tracking'
import { readVersion } from '@millrace/model-registry'
import type { Runtime } from '@millrace/kernel'
import { rawBodyOf, takeRawBodies } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { mlflowContentType, safePath } from '../wire/artifact-path.ts'
import { optionalText, runId, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import { contextOf, messageOf, speakMlflow } from '../wire/scope.ts'

const mostBytes = 10 * 1024 * 1024

/** The addresses by which MLflow's pages, and old clients, reach single files. */
export async function serveArtifactFiles(app: FastifyInstance, runtime: Runtime): Promise<void> {
  app.get('/get-artifact', (request, reply) => fileOfRun(runtime, request, reply))
  app.get('/model-versions/get-artifact', (request, reply) => fileOfVersion(runtime, request, reply))
  for (const version of ['2.0', '3.0']) {
    app.get(`/ajax-api/${version}/mlflow/logged-models/:model_id/artifacts/files`, (request, reply) =>
      fileOfModel(runtime, request, reply),
    )
  }
  await app.register(async (scoped) => {
    speakMlflow(scoped, runtime)
    takeRawBodies(scoped)
    scoped.post('/ajax-api/2.0/mlflow/upload-artifact', (request, reply) => upload(runtime, request, reply))
  })
}

async function fileOfRun(runtime: Runtime, request: FastifyRequest, reply: FastifyReply) {
  const message = messageOf(request)
  const path = safePath(text(message, 'path'))
  const name = { owner: 'run', id: runId(message), path } as const
  return sendArtifact(runtime, await contextOf(runtime, request), name, { request, reply, ...mlflowContentType(path) })
}

async function fileOfModel(runtime: Runtime, request: FastifyRequest, reply: FastifyReply) {
  const message = messageOf(request)
  const file = optionalText(message, 'artifact_file_path') ?? ''
  if (file === '')
    throw new MlflowError('BAD_REQUEST', 'Request must include the "artifact_file_path" query parameter.')
  const path = safePath(file)
  const context = await contextOf(runtime, request)
  const { id } = await runtime.runner.ask(readLoggedModel, { id: text(message, 'model_id') }, context)
  const name = { owner: 'logged-model', id, path } as const
  return sendArtifact(runtime, context, name, { request, reply, ...mlflowContentType(path) })
}

/** Paths are those below the version's own folder. */
async function fileOfVersion(runtime: Runtime, request: FastifyRequest, reply: FastifyReply) {
  const message = messageOf(request)
  const file = safePath(text(message, 'path'))
  const context = await contextOf(runtime, request)
  const version = Number(text(message, 'version'))
  const found = await runtime.runner.ask(readVersion, { name: text(message, 'name'), version }, context)
  const id = found.loggedModelId ?? found.runId
  if (id === null) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${file}'`)
  const path = [found.artifactPath, file].filter((part) => part !== '').join('/')
  const name = { owner: found.loggedModelId === null ? 'run' : 'logged-model', id, path } as const
  return sendArtifact(runtime, context, name, { request, reply, ...mlflowContentType(path) })
}

async function upload(runtime: Runtime, request: FastifyRequest, reply: FastifyReply) {
  const query = request.query as Readonly<Record<string, string | undefined>> // the body is the file
  const { run_uuid: id = '', path: given = '' } = query
  if (id === '') throw invalid('Request must specify run_uuid.')
  if (given === '') throw invalid('Request must specify path.')
  const path = safePath(given)
  const bytes = await allBytes(request)
  if (bytes.byteLength === 0) throw invalid('Request must specify data.')
  await putArtifact(runtime, await contextOf(runtime, request), { owner: 'run', id, path }, bytes)
  return reply.type('application/json').send('')
}

async function allBytes(request: FastifyRequest): Promise<Uint8Array> {
  const body = rawBodyOf(request)
  if (body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  let sizeBytes = Number(request.headers['content-length'] ?? 0)
  for await (const chunk of sizeBytes > mostBytes ? [] : body) {
    chunks.push(chunk as Uint8Array) // binary streams yield bytes
    sizeBytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (sizeBytes > mostBytes) break
  }
  if (sizeBytes > mostBytes) throw invalid('Artifact size is too large. Max size is 10MB.')
  return Buffer.concat(chunks)
}
