import type { Readable } from 'node:stream'
import type { CallContext, ObjectStore, OpenedObject, Runtime, SentObject, StagedObject } from '@millrace/kernel'
import { objectProblem, sendObject } from '@millrace/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Artifact } from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { quotaGateOf } from '../../retention/http/quota-gate.ts'
import { storeOf } from '../../store/tracking.ts'
import { locateArtifacts, notFound } from '../actions/read-artifacts.ts'
import { prepareArtifact, recordArtifact, reserveArtifact } from '../actions/write-artifacts.ts'
import type { ArtifactName, OpenPlace } from './artifact-name.ts'
import { alone, amongWriters, openPlace } from './artifact-name.ts'
import { lookAtArtifact } from './settle-artifacts.ts'

/**
 * Stores an artifact's bytes at its place and records them; the answer comes after both are durable. The bytes are shown
 * only after the manifest says that they are about to change, and never where something stands on those that are there.
 * Throws `run-deleted`, `quota-exceeded`, `kernel/held` for a file that a registered model stands on, `kernel/invalid-input` for a path
 * that leads out.
 */
export async function putArtifact(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  body: Readable | Uint8Array,
): Promise<Artifact> {
  return amongWriters(placeKey(context, name), async (met) => {
    const seen = await runtime.runner.ask(prepareArtifact, name, context)
    const quota = quotaGateOf(runtime)
    quota.refuseWhenFull(context.workspace, 'artifactBytes')
    const place = await openPlace(runtime, context, seen.root)
    const staged = await place.store.stage(place.prefix + name.path, body)
    try {
      quota.admit(context.workspace, 'artifactBytes', staged.sizeBytes)
      await alone(placeKey(context, name), async () => {
        const now = met() ? await runtime.runner.ask(prepareArtifact, name, context) : seen
        await show(runtime, context, name, { store: place.store, staged, ...now })
      })
    } catch (error) {
      await staged.discard()
      throw error
    }
    return { path: name.path, digest: staged.digest, sizeBytes: staged.sizeBytes }
  })
}

/** One at a time per artifact. */
export function placeKey({ workspace }: CallContext, { owner, id, path }: ArtifactName): string {
  return [workspace, owner, id, path].join('\n')
}

interface Shown {
  readonly store: ObjectStore
  readonly staged: StagedObject
  /** What the manifest says of the artifact. */
  readonly known: boolean
  readonly digest: string | null
}

async function show(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  { store, staged, known, digest }: Shown,
): Promise<void> {
  const { runner, database, newHexId } = runtime
  const { sizeBytes } = staged
  if (digest === staged.digest && (await store.stat(staged.key))?.sizeBytes === sizeBytes) return staged.discard()
  // Where nothing is yet and no other process could write, nobody can be standing on it.
  const writer = known || database.dialect !== 'sqlite' ? newHexId() : null
  if (writer !== null) await runner.act(reserveArtifact, { ...name, writer }, context)
  try {
    await staged.publish()
  } catch (error) {
    if (writer !== null) await lookAtArtifact(runtime, context.workspace, name)
    throw error
  }
  const record = { ...name, digest: staged.digest, sizeBytes, writer }
  const { settled } = await runner.act(recordArtifact, record, context)
  if (!settled) await lookAtArtifact(runtime, context.workspace, name)
}

/** Answers with an artifact's bytes. Throws `experiment-tracking/artifact-not-found`, `artifact-folder`. */
export async function sendArtifact(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  exchange: { request: FastifyRequest; reply: FastifyReply; contentType?: string },
): Promise<FastifyReply> {
  const opened = await openArtifact(runtime, context, name)
  const { request, reply, contentType } = exchange
  const object: SentObject = { path: name.path, ...(contentType === undefined ? {} : { contentType }) }
  return sendObject(request, reply, opened.digest === null ? object : { ...object, digest: opened.digest }, opened)
}

/** Opens an artifact; the digest is null where it is not sure that it is that of these bytes. */
async function openArtifact(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
): Promise<OpenedObject & { digest: string | null }> {
  const { root, known } = await runtime.runner.ask(locateArtifacts, name, context)
  const place = await openPlace(runtime, context, root)
  if (place.managed && known === null) throw await missing(place, name)
  const opened = await openAt(place, name)
  if (!place.managed) return { ...opened, digest: null }
  // The bytes may have been replaced between the reading of the manifest and the opening.
  const { artifacts } = storeOf(runtime.database.reader, context.workspace)
  const after = await artifacts.find({ kind: name.owner, id: name.id }, name.path)
  const same = after?.digest === known?.digest && after?.sizeBytes === opened.sizeBytes
  return { ...opened, digest: same ? after.digest : null }
}

async function openAt(place: OpenPlace, name: ArtifactName): Promise<OpenedObject> {
  try {
    return await place.store.open(place.prefix + name.path)
  } catch (error) {
    throw objectProblem['not-found'].is(error) ? await missing(place, name) : error
  }
}

async function missing(place: OpenPlace, name: ArtifactName): Promise<Error> {
  const inside = place.store.list(place.prefix + name.path, { recursive: false })
  for await (const _ of inside) return problem['artifact-folder']({ path: name.path })
  return notFound({ kind: name.owner, id: name.id }, name.path)
}

/** The path of this machine where an artifact lies, for readers that need one. Throws `experiment-tracking/artifact-not-found`. */
export async function localArtifact(runtime: Runtime, context: CallContext, name: ArtifactName): Promise<string> {
  const { root } = await runtime.runner.ask(locateArtifacts, name, context)
  const place = await openPlace(runtime, context, root)
  try {
    return await place.store.localPath(place.prefix + name.path)
  } catch (error) {
    throw objectProblem['not-found'].is(error) ? await missing(place, name) : error
  }
}
