import type { Readable } from 'node:stream'
import { ref } from '@millrace/contract'
import type { CallContext, DirectUploads, Runtime } from '@millrace/kernel'
import { objectProblem, sendObject } from '@millrace/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readExperiment } from '../../actions/read-experiments.ts'
import type { ArtifactEntry } from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { locateArtifacts } from '../actions/read-artifacts.ts'
import { experimentOfPath, ownKey, placeOfRoot, readOwnedPath } from '../model/artifact-place.ts'
import { putArtifact, sendArtifact } from './artifact-content.ts'
import { deleteArtifacts, listArtifactFolder, listFolder } from './artifact-folder.ts'
import type { ArtifactName } from './artifact-name.ts'

/** A path below the proxy: a run's or a logged model's artifact, or a file that belongs to nobody (traces, for one). */
export type ProxiedName =
  | ({ readonly kind: 'owned' } & ArtifactName)
  | { readonly kind: 'loose'; readonly path: string; readonly key: string }

/**
 * Says what a path below the proxy names, and checks a loose one's permission; an owned one's is checked by what is then
 * done with it. Files of other workspaces than the default lie under `workspaces/<name>/`, as MLflow lays them.
 */
export async function nameProxied(
  runtime: Runtime,
  context: CallContext,
  path: string,
  permission: 'experiment-tracking:read' | 'experiment-tracking:write',
): Promise<ProxiedName> {
  const owned = readOwnedPath(path)
  if (owned !== undefined) {
    const { owner, id } = owned
    const root = await rootOf(runtime, context, { owner, id })
    const place = root === undefined ? undefined : placeOfRoot(root)
    if (place?.kind === 'own' && place.prefix === owned.prefix) return { kind: 'owned', owner, id, path: owned.path }
  }
  return { kind: 'loose', path, key: await looseKey(runtime, context, path, permission) }
}

async function rootOf(
  runtime: Runtime,
  context: CallContext,
  owner: Pick<ArtifactName, 'owner' | 'id'>,
): Promise<string | undefined> {
  try {
    return (await runtime.runner.ask(locateArtifacts, owner, context)).root
  } catch (error) {
    if (problem['run-not-found'].is(error) || problem['model-not-found'].is(error)) return undefined
    throw error
  }
}

async function looseKey(runtime: Runtime, context: CallContext, path: string, permission: string): Promise<string> {
  const scope = runtime.runner.readScope(context)
  const number = experimentOfPath(path)
  if (number !== undefined) {
    const experiment = await runtime.runner.ask(readExperiment, { name: `#${number}` }, context)
    await runtime.authorize(scope, permission, ref('experiment', experiment.name))
    return ownKey(path)
  }
  await runtime.authorize(scope, permission, ref('workspace', context.workspace))
  const own = `workspaces/${context.workspace}`
  if (path === own || path.startsWith(`${own}/`)) return ownKey(path)
  if (path.split('/')[0] === 'workspaces') throw objectProblem['bad-key']({ key: path })
  return context.workspace === 'default' ? ownKey(path) : ownKey(`${own}/${path}`)
}

/** Stores bytes at a path below the proxy. Throws what `putArtifact` throws. */
export async function putProxied(
  runtime: Runtime,
  context: CallContext,
  path: string,
  body: Readable | Uint8Array,
): Promise<void> {
  const name = await nameProxied(runtime, context, path, 'experiment-tracking:write')
  if (name.kind === 'owned') await putArtifact(runtime, context, name, body)
  else await runtime.objects.put(fileKey(name), body)
}

/** Answers with the bytes at a path below the proxy. Throws `objects/not-found` and what `sendArtifact` throws. */
export async function sendProxied(
  runtime: Runtime,
  context: CallContext,
  path: string,
  exchange: { request: FastifyRequest; reply: FastifyReply; contentType?: string },
): Promise<FastifyReply> {
  const name = await nameProxied(runtime, context, path, 'experiment-tracking:read')
  if (name.kind === 'owned') return sendArtifact(runtime, context, name, exchange)
  const { request, reply, contentType } = exchange
  const opened = await runtime.objects.open(fileKey(name))
  return sendObject(request, reply, { path, ...(contentType === undefined ? {} : { contentType }) }, opened)
}

/** What lies in a folder below the proxy; `path` of each entry is its name alone. */
export async function listProxied(runtime: Runtime, context: CallContext, path: string): Promise<ArtifactEntry[]> {
  const name = await nameProxied(runtime, context, path, 'experiment-tracking:read')
  const found =
    name.kind === 'owned'
      ? await listArtifactFolder(runtime, context, name)
      : await listFolder(runtime.objects, '', name.key, false)
  return found.map((entry) => ({ ...entry, path: entry.path.slice(entry.path.lastIndexOf('/') + 1) }))
}

/** Deletes a file or a folder below the proxy; what is not there is no error. */
export async function deleteProxied(runtime: Runtime, context: CallContext, path: string): Promise<void> {
  const name = await nameProxied(runtime, context, path, 'experiment-tracking:write')
  if (name.kind === 'owned') {
    await deleteArtifacts(runtime, context, name)
    return
  }
  // A whole experiment's folder holds what has owners; it goes with them.
  if (/^\d*$/.test(path) || path === '' || path === 'workspaces') throw objectProblem['bad-key']({ key: path })
  await refuseOwners(runtime, context, name.key)
  await runtime.objects.delete(name.key)
  for await (const { key } of runtime.objects.list(name.key)) await runtime.objects.delete(key)
}

async function refuseOwners(runtime: Runtime, context: CallContext, key: string): Promise<void> {
  const id = key.slice(key.lastIndexOf('/') + 1)
  for (const owner of ['run', 'logged-model'] as const) {
    if (!/^[A-Za-z0-9][\w-]*$/.test(id)) return
    if ((await rootOf(runtime, context, { owner, id })) !== undefined) throw objectProblem['bad-key']({ key: id })
  }
}

/** A loose upload in parts: the store's door and the key, where it has one. */
export function looseUploads(runtime: Runtime, name: ProxiedName & { kind: 'loose' }) {
  const uploads: DirectUploads | undefined = runtime.objects.direct?.inParts
  return uploads === undefined ? undefined : { uploads, key: fileKey(name) }
}

function fileKey({ key, path }: { key: string; path: string }): string {
  if (path === '' || path.endsWith('/')) throw objectProblem['bad-key']({ key: path })
  return key
}
