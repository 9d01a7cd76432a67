import type { CallContext, Runtime, UploadedPart } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { AnswerOf } from '@millrace/contract'
import type { Artifact, findUpload as findUploadEndpoint } from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { quotaGateOf } from '../../retention/http/quota-gate.ts'
import { storeOf } from '../../store/tracking.ts'
import { prepareArtifact, recordArtifact, removeArtifacts, reserveArtifact } from '../actions/write-artifacts.ts'
import { endUpload, findUpload } from '../actions/uploads.ts'
import { placeKey } from './artifact-content.ts'
import type { ArtifactName, OpenPlace } from './artifact-name.ts'
import { alone, amongWriters, openPlace } from './artifact-name.ts'
import type { UploadName } from './resumable-uploads.ts'
import { abortAtStore, directOf, resumableOf, uploadKey } from './resumable-uploads.ts'
import { lookAtArtifact } from './settle-artifacts.ts'

type Found = AnswerOf<typeof findUploadEndpoint>

/** An upload whose parts are all there, on its way to its artifact. */
interface Ending {
  readonly runtime: Runtime
  readonly context: CallContext
  readonly name: ArtifactName
  readonly kept: Found
  readonly place: OpenPlace
  readonly parts: readonly UploadedPart[]
}

/**
 * Makes an upload an artifact, if the whole has the digest that was announced. It may be asked again, also after a crash
 * in the middle. Throws `upload-offset` where parts are missing, `wrong-digest`, `quota-exceeded`, `kernel/held`.
 */
export async function completeResumable(
  runtime: Runtime,
  context: CallContext,
  at: UploadName,
  said: { readonly digest: string; readonly parts: readonly UploadedPart[] },
): Promise<Artifact> {
  return alone(uploadKey(context, at), async () => {
    const kept = await runtime.runner.ask(findUpload, at, context)
    const { id, path, digest, sizeBytes } = kept
    if (said.digest !== digest) {
      throw problem['wrong-digest']({ what: 'The upload', digest: said.digest, announced: digest })
    }
    if (kept.ended) return { path, digest, sizeBytes }
    if (!kept.direct && kept.offset !== sizeBytes) {
      throw problem['upload-offset']({ id, offset: kept.offset, sent: sizeBytes })
    }
    const name = { owner: at.owner, id: at.id, path }
    const place = await openPlace(runtime, context, kept.root)
    const key = placeKey(context, name)
    const parts = kept.direct ? said.parts.toSorted((a, b) => a.number - b.number) : kept.parts
    const ending = { runtime, context, name, kept, place, parts }
    await amongWriters(key, async () => alone(key, () => becomeArtifact(ending, at)))
    await runtime.runner.act(endUpload, { ...at, forget: false }, context)
    return { path, digest, sizeBytes }
  })
}

async function becomeArtifact(ending: Ending, at: UploadName): Promise<void> {
  const { runtime, context, name, kept, place } = ending
  const seen = await runtime.runner.ask(prepareArtifact, name, context)
  const stored = seen.digest === kept.digest ? await place.store.stat(place.prefix + name.path) : undefined
  if (stored?.sizeBytes === kept.sizeBytes) return abortAtStore(place, kept)
  const isChecked = await checkWhole(ending, at)
  if (isChecked === 'there') return
  quotaGateOf(runtime).admit(context.workspace, 'artifactBytes', kept.sizeBytes)
  const writer = kept.id
  await runtime.runner.act(reserveArtifact, { ...name, writer }, context)
  try {
    await finishAtStore(ending)
    const record = { ...name, digest: isChecked ? kept.digest : null, sizeBytes: kept.sizeBytes, writer }
    const { settled } = await runtime.runner.act(recordArtifact, record, context)
    if (!settled) await refuseOtherBytes(ending, at)
  } catch (error) {
    if (problem['wrong-digest'].is(error) || !(await isThere(ending))) throw error
  }
}

/** Reads the whole where the store shows it before it is finished; 'there' when it was finished before a crash. */
async function checkWhole(ending: Ending, at: UploadName): Promise<boolean | 'there'> {
  const { runtime, context, kept, place } = ending
  if (kept.direct) return false
  try {
    const digest = await resumableOf(place).digest?.(kept.handle)
    if (digest === undefined) return false
    if (digest === kept.digest) return true
    // No part of it can be told from the others, so it begins anew.
    await abortAtStore(place, kept)
    await runtime.runner.act(endUpload, { ...at, forget: true }, context)
    throw problem['wrong-digest']({ what: `The file "${kept.path}"`, digest, announced: kept.digest })
  } catch (error) {
    if (objectProblem['not-found'].is(error) && (await isThere(ending))) return 'there'
    throw error
  }
}

async function finishAtStore({ kept, place, parts }: Ending): Promise<void> {
  if (kept.direct) await directOf(place).complete(place.prefix + kept.path, kept.handle, parts)
  else await resumableOf(place).finish(kept.handle, parts, kept.sizeBytes)
}

/** The store showed nothing before: what lies there now is read, and goes where it is not what was announced. */
async function refuseOtherBytes({ runtime, context, name, kept, place }: Ending, at: UploadName): Promise<void> {
  await lookAtArtifact(runtime, context.workspace, name)
  const found = await recorded(runtime, context, name)
  if (found?.digest === kept.digest) return
  const digest = found?.digest ?? null
  if (digest === null) throw problem['artifact-busy']({ path: name.path })
  await runtime.runner.act(removeArtifacts, name, context)
  await place.store.delete(place.prefix + name.path)
  await runtime.runner.act(endUpload, { ...at, forget: true }, context)
  throw problem['wrong-digest']({ what: `The file "${kept.path}"`, digest, announced: kept.digest })
}

/** Whether the artifact is there although its upload is gone: it was finished, and then the server or the store left. */
async function isThere({ runtime, context, name, kept }: Ending): Promise<boolean> {
  const before = await recorded(runtime, context, name)
  if (before?.digest === kept.digest) return true
  // What somebody else is writing is theirs to look at.
  if (before !== undefined && before.writer !== kept.id) return false
  await lookAtArtifact(runtime, context.workspace, name)
  return (await recorded(runtime, context, name))?.digest === kept.digest
}

function recorded({ database }: Runtime, { workspace }: CallContext, { owner, id, path }: ArtifactName) {
  return storeOf(database.reader, workspace).artifacts.find({ kind: owner, id }, path)
}
