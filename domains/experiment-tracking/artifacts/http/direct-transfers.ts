import { randomUUID } from 'node:crypto'
import type { CallContext, DirectUploads, Runtime, SignedRequest, UploadedPart } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import { quotaGateOf } from '../../retention/http/quota-gate.ts'
import { notFound, locateArtifacts } from '../actions/read-artifacts.ts'
import { prepareArtifact, recordArtifact, reserveArtifact } from '../actions/write-artifacts.ts'
import { placeKey } from './artifact-content.ts'
import type { ArtifactName, OpenPlace } from './artifact-name.ts'
import { alone, amongWriters, openPlace } from './artifact-name.ts'
import { lookAtArtifact } from './settle-artifacts.ts'

/** Long enough for the last of many parts to wait its turn. */
const partExpirySeconds = 6 * 3600

/** An upload whose parts the client sends to the store itself. */
export interface BegunUpload {
  readonly uploadId: string
  readonly parts: readonly (SignedRequest & { readonly number: number })[]
}

/**
 * Begins an upload in `parts` parts that do not pass through this server; undefined where the store knows no such thing.
 * Nothing is visible before `completeUpload`. Throws `quota-exceeded` where nothing more fits.
 */
export async function beginUpload(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  parts: number,
): Promise<BegunUpload | undefined> {
  quotaGateOf(runtime).refuseWhenFull(context.workspace, 'artifactBytes')
  const at = await uploadsAt(runtime, context, name)
  return at === undefined ? undefined : beginAt(at.uploads, at.key, parts)
}

/** The same for a key that no owner has. */
export async function beginAt(uploads: DirectUploads, key: string, parts: number): Promise<BegunUpload> {
  const uploadId = await uploads.begin(key)
  const signed: (SignedRequest & { number: number })[] = []
  for (let number = 1; number <= parts; number += 1) {
    signed.push({ ...(await uploads.signPart(key, uploadId, number, partExpirySeconds)), number })
  }
  return { uploadId, parts: signed }
}

/** Puts the parts together and records the artifact; its digest follows when the bytes have been read once. */
export async function completeUpload(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  upload: { uploadId: string; parts: readonly UploadedPart[] },
): Promise<void> {
  const at = await uploadsAt(runtime, context, name)
  if (at === undefined) throw notFound({ kind: name.owner, id: name.id }, name.path)
  const { runner } = runtime
  await amongWriters(placeKey(context, name), () =>
    alone(placeKey(context, name), async () => {
      const writer = randomUUID()
      await runner.act(reserveArtifact, { ...name, writer }, context)
      try {
        await at.uploads.complete(at.key, upload.uploadId, upload.parts)
        const info = await at.place.store.stat(at.key)
        if (info === undefined) throw objectProblem['not-found']({ key: name.path })
        await runner.act(recordArtifact, { ...name, digest: null, sizeBytes: info.sizeBytes, writer }, context)
      } catch (error) {
        await lookAtArtifact(runtime, context.workspace, name)
        throw error
      }
    }),
  )
  // Reading a large file takes longer than the client waits; until then nobody can stand on it.
  void lookAtArtifact(runtime, context.workspace, name)
}

/** Ends an upload without a trace. */
export async function abortUpload(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  uploadId: string,
): Promise<void> {
  const at = await uploadsAt(runtime, context, name)
  if (at !== undefined) await at.uploads.abort(at.key, uploadId)
}

async function uploadsAt(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
): Promise<{ uploads: DirectUploads; key: string; place: OpenPlace } | undefined> {
  const { root } = await runtime.runner.ask(prepareArtifact, name, context)
  const place = await openPlace(runtime, context, root)
  const uploads = place.store.direct?.inParts
  return uploads === undefined ? undefined : { uploads, key: place.prefix + name.path, place }
}

/**
 * An address at the store for an artifact's bytes, with its size; undefined where bytes only pass through this server.
 * Throws `artifact-not-found`.
 */
export async function signArtifactDownload(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  expiresInSeconds: number,
): Promise<(SignedRequest & { sizeBytes: number }) | undefined> {
  const { root, known } = await runtime.runner.ask(locateArtifacts, name, context)
  const place = await openPlace(runtime, context, root)
  const { direct } = place.store
  if (direct === undefined) return undefined
  const info = place.managed && known === null ? undefined : await place.store.stat(place.prefix + name.path)
  if (info === undefined) throw notFound({ kind: name.owner, id: name.id }, name.path)
  return { ...(await direct.signDownload(info.key, expiresInSeconds)), sizeBytes: info.sizeBytes }
}

/** An address for one whole upload to a place that clients write themselves; undefined where there is none. */
export async function signDirectUpload(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  expiresInSeconds: number,
): Promise<SignedRequest | undefined> {
  quotaGateOf(runtime).refuseWhenFull(context.workspace, 'artifactBytes')
  const { root } = await runtime.runner.ask(prepareArtifact, name, context)
  const { store, prefix } = await openPlace(runtime, context, root)
  return store.direct?.signUpload(prefix + name.path, expiresInSeconds)
}
