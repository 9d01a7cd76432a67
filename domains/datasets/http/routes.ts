import { ref } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { callContextOf, parseInput, rawBodyOf, sendObject, takeRawBodies } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readVersionById } from '../actions/read-versions.ts'
import { chunkRoutes, openVersionFile } from '../chunks/http/chunk-routes.ts'
import { collectGarbage } from '../chunks/http/collect-garbage.ts'
import * as contract from '../contract.ts'
import { registerSource } from '../sources/http/register-source.ts'
import { diffVersions } from './diff-versions.ts'
import { registerVersion } from './register-version.ts'
import { splitVersion } from './split-version.ts'

const root = '/api/millrace/v1/w/:workspace'

/** What the contract cannot say: uploads and downloads, and registering, which reads files before its transaction. */
export async function routes(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(async (scoped) => {
    takeRawBodies(scoped)
    scoped.post(`${root}/datasets/:name/uploads`, (request) => upload(runtime, request))
  })
  app.post(`${root}/datasets/:name/versions`, async (request) => {
    return registerVersion(runtime, await callContextOf(runtime, request), {
      ...membersOf(request.body),
      ...membersOf(request.params),
    })
  })
  app.post(`${root}/datasets/:name/versions/:version/splits`, async (request) => {
    const body = membersOf(request.body)
    // In the body `version` names the new version, in the path the one to split.
    const input = { as: body['version'], ...body, ...membersOf(request.params) }
    return splitVersion(runtime, await callContextOf(runtime, request), input)
  })
  app.get(`${root}/dataset-versions/:id/files/*`, async (request, reply) => {
    const params = membersOf(request.params)
    const context = await callContextOf(runtime, request)
    const version = await runtime.runner.ask(readVersionById, { id: String(params['id']) }, context)
    const path = String(params['*'])
    const { digest, opened } = await openVersionFile(runtime, context.workspace, version, path)
    return sendObject(request, reply, { path, digest }, opened)
  })
  app.post(`${root}/datasets/:name/sources`, async (request) => {
    const input = { ...membersOf(request.body), ...membersOf(request.params) }
    return registerSource(runtime, await callContextOf(runtime, request), input)
  })
  app.get(`${root}/dataset-diffs`, async (request) => {
    return diffVersions(runtime, await callContextOf(runtime, request), request.query)
  })
  app.post(`${root}/dataset-garbage`, async (request) => {
    return collectGarbage(runtime, await callContextOf(runtime, request), request.body ?? {})
  })
  await chunkRoutes(app, runtime)
}

async function upload(runtime: Runtime, request: FastifyRequest) {
  const context = await callContextOf(runtime, request)
  const { name, path } = parseInput(contract.uploadFile, { ...membersOf(request.query), ...membersOf(request.params) })
  await runtime.authorize(runtime.runner.readScope(context), contract.uploadFile.needs.permission, ref('dataset', name))
  const { digest, sizeBytes } = await runtime.objects.putContent('datasets', rawBodyOf(request))
  return { path, digest, sizeBytes }
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
