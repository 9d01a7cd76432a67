import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { artifactKey, artifactRef } from '../model/artifact-place.ts'
import { entriesOf } from '../model/folder.ts'
import { problem } from '../model/problems.ts'
import type { ArtifactOwner } from '../model/run.ts'
import type { TrackingStore } from '../store/tracking.ts'
import { action, query } from '../store/tracking.ts'
import { findRun, findWritableRun } from './find-run.ts'

/** Checks, before bytes are written, that they may be: the owner is there and active, and nothing stands on the file. */
export const prepareArtifact = action(contract.prepareArtifact, async ({ store, input, holds }) => {
  const owner = { kind: input.owner, id: input.id }
  if (owner.kind === 'run') await findWritableRun(store, owner.id)
  await holds.refuseIfHeld(artifactRef(owner, input.path))
  return { answer: { experimentId: await experimentOfOwner(store, owner) }, audit: 'unchanged' }
})

/** Records bytes that are stored already; the same content again changes nothing. */
export const recordArtifact = action(contract.recordArtifact, async ({ store, input, nowMs, holds }) => {
  const owner = { kind: input.owner, id: input.id }
  if (owner.kind === 'run') await findWritableRun(store, owner.id)
  const { path, digest, sizeBytes } = input
  const answer = { path, digest, sizeBytes }
  const before = await store.artifacts.find(owner, path)
  if (before?.digest === digest) return { answer, audit: 'unchanged' }
  await holds.refuseIfHeld(artifactRef(owner, path))
  await store.artifacts.save(owner, answer, nowMs)
  const was = before === undefined ? {} : { before }
  return { answer, audit: { object: ref(owner.kind, owner.id), ...was, after: answer } }
})

/** What a folder holds; a file or a missing folder holds nothing. */
export const listArtifacts = query(contract.listArtifacts, async ({ store, input }) => {
  await experimentOfOwner(store, { kind: input.owner, id: input.id })
  const folder = input.path.replace(/\/+$/, '')
  const below = await store.artifacts.below({ kind: input.owner, id: input.id }, folder)
  return { items: input.recursive ? below.map((file) => ({ ...file, isFolder: false })) : entriesOf(folder, below) }
})

/** One artifact with its key in the object store. Throws `experiment-tracking/artifact-not-found`. */
export const findArtifact = query(contract.findArtifact, async ({ store, input }) => {
  const owner = { kind: input.owner, id: input.id }
  const experimentId = await experimentOfOwner(store, owner)
  const found = await store.artifacts.find(owner, input.path)
  if (found === undefined)
    throw problem['artifact-not-found']({ path: input.path, owner: `${owner.kind.replace('-', ' ')} ${owner.id}` })
  return { ...found, key: artifactKey(experimentId, owner, input.path) }
})

/** The id of the experiment that a run or logged model belongs to. Throws when there is no such owner. */
async function experimentOfOwner(store: TrackingStore, owner: { kind: ArtifactOwner; id: string }): Promise<string> {
  if (owner.kind === 'run') return String((await findRun(store, owner.id)).experiment)
  const model = await store.loggedModels.find(owner.id)
  if (model === undefined) throw problem['model-not-found']({ id: owner.id })
  return model.experimentId
}
