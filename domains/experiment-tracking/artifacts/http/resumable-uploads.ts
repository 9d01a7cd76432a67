import type { Readable } from 'node:stream'
import type { CallContext, DirectUploads, ResumableUploads, Runtime, SignedRequest } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { KeptUpload, Upload } from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import type { ArtifactOwner } from '../../model/run.ts'
import { quotaGateOf } from '../../retention/http/quota-gate.ts'
import { advanceUpload, endUpload, findUnfinished, findUpload, keepUpload } from '../actions/uploads.ts'
import { partBytesOf } from '../model/upload.ts'
import type { UploadedFile } from '../store/upload-rows.ts'
import type { OpenPlace } from './artifact-name.ts'
import { alone, openPlace } from './artifact-name.ts'
import type { PartHeaders } from './read-part.ts'
import { readPart } from './read-part.ts'

/** Long enough for the last of many parts to wait its turn. */
const addressExpirySeconds = 6 * 3600

export interface UploadOwner {
  readonly owner: ArtifactOwner
  readonly id: string
}

/** Names an upload: whose, and its id. */
export interface UploadName extends UploadOwner {
  readonly upload: string
}

/**
 * Begins an upload of a file, or gives the unfinished one of the same file back. A direct one becomes one through this
 * server where the store takes nothing from others. Throws `quota-exceeded`, `run-deleted`, `objects/read-only`.
 */
export async function beginResumable(
  runtime: Runtime,
  context: CallContext,
  owner: UploadOwner,
  file: UploadedFile,
): Promise<Upload> {
  const { root, upload: unfinished } = await runtime.runner.ask(findUnfinished, { ...owner, ...file }, context)
  if (unfinished !== null) return unfinished
  const place = await openPlace(runtime, context, root)
  if (file.direct && place.store.direct?.inParts === undefined) {
    return beginResumable(runtime, context, owner, { ...file, direct: false })
  }
  quotaGateOf(runtime).refuseWhenFull(context.workspace, 'artifactBytes', file.sizeBytes)
  const key = place.prefix + file.path
  const uploads = file.direct ? directOf(place) : resumableOf(place)
  const upload: KeptUpload = {
    ...file,
    id: runtime.newHexId(),
    root,
    handle: await uploads.begin(key),
    partBytes: partBytesOf(file.sizeBytes),
    offset: 0,
    ended: false,
    expiresAtMs: 0,
  }
  const kept = await runtime.runner.act(keepUpload, { ...owner, upload }, context)
  if (kept.id !== upload.id) await abortAtStore(place, upload)
  return kept
}

/**
 * Adds a part. It is durable when the answer comes; a part that breaks off, or of which another writer was first, leaves
 * the upload where it was. Throws `upload-offset`, `upload-part`, `wrong-digest`, `upload-not-found`.
 */
export async function putUploadPart(
  runtime: Runtime,
  context: CallContext,
  name: UploadName,
  { offset, digest }: PartHeaders,
  body: Readable | Uint8Array,
): Promise<Upload> {
  const seen = await runtime.runner.ask(findUpload, name, context)
  if (seen.direct) throw problem['upload-direct']({ id: name.upload })
  refuseOtherOffset(seen, offset)
  const bytes = await readPart(body, Math.min(seen.partBytes, seen.sizeBytes - offset), digest)
  return alone(uploadKey(context, name), async () => {
    // Somebody may have added the same part while this one arrived.
    const kept = await runtime.runner.ask(findUpload, name, context)
    refuseOtherOffset(kept, offset)
    const { store } = await openPlace(runtime, context, kept.root)
    const number = offset / kept.partBytes + 1
    const part = await writable(store.resumable, kept).putPart(kept.handle, { number, offset }, bytes)
    const advance = { ...name, from: offset, sizeBytes: bytes.byteLength, digest, part }
    return runtime.runner.act(advanceUpload, advance, context)
  })
}

/** The store's addresses for parts `from` and so on of a direct upload. Throws `upload-through-server`. */
export async function uploadAddresses(
  runtime: Runtime,
  context: CallContext,
  name: UploadName,
  { from, limit }: { from: number; limit: number },
): Promise<(SignedRequest & { number: number })[]> {
  const kept = await runtime.runner.ask(findUpload, name, context)
  if (!kept.direct) throw problem['upload-through-server']({ id: name.upload })
  const place = await openPlace(runtime, context, kept.root)
  const last = Math.min(from + limit - 1, Math.ceil(kept.sizeBytes / kept.partBytes))
  const signed: (SignedRequest & { number: number })[] = []
  for (let number = from; number <= last; number += 1) {
    const key = place.prefix + kept.path
    const request = await directOf(place).signPart(key, kept.handle, number, addressExpirySeconds)
    signed.push({ ...request, number })
  }
  return signed
}

/** Gives an upload up: what the store has of it goes. */
export async function abortResumable(runtime: Runtime, context: CallContext, name: UploadName): Promise<void> {
  const kept = await runtime.runner.ask(findUpload, name, context)
  await alone(uploadKey(context, name), async () => {
    if (!kept.ended) await abortAtStore(await openPlace(runtime, context, kept.root), kept)
    await runtime.runner.act(endUpload, { ...name, forget: true }, context)
  })
}

/** Ends an upload at the store that has it; one that is gone there is no error. */
export async function abortAtStore(place: OpenPlace, upload: KeptUpload): Promise<void> {
  try {
    if (upload.direct) await directOf(place).abort(place.prefix + upload.path, upload.handle)
    else await resumableOf(place).abort(upload.handle)
  } catch (error) {
    if (!objectProblem['not-found'].is(error)) throw error
  }
}

/** One at a time per upload, of the requests that come to this process. */
export function uploadKey({ workspace }: CallContext, { upload }: UploadName): string {
  return `${workspace}\nupload\n${upload}`
}

function refuseOtherOffset(kept: KeptUpload, sent: number): void {
  const offset = kept.ended ? kept.sizeBytes : kept.offset
  if (sent !== offset || offset === kept.sizeBytes) throw problem['upload-offset']({ id: kept.id, offset, sent })
}

export function resumableOf(place: OpenPlace): ResumableUploads {
  return writable(place.store.resumable, { path: place.prefix })
}

export function directOf(place: OpenPlace): DirectUploads {
  return writable(place.store.direct?.inParts, { path: place.prefix })
}

function writable<T>(uploads: T | undefined, { path }: { path: string }): T {
  if (uploads === undefined) throw objectProblem['read-only']({ location: path })
  return uploads
}
