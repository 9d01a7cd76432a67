import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { action, query } from '../../store/tracking.ts'
import { Upload } from '../model/upload.ts'
import { refuseDeletedOwner, rootOfOwner } from './find-owner.ts'

/** So long after its last part an upload can go on. */
const keptMs = 86_400_000

/** Where a file would go, and an upload of it that can go on. */
export const findUnfinished = query(contract.findUnfinished, async ({ store, input, nowMs }) => {
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  const root = await rootOfOwner(store, owner)
  const found = await store.uploads.findFile(owner, input)
  // An experiment's root may have been changed since.
  const goesOn = found !== undefined && !found.ended && found.expiresAtMs > nowMs && found.root === root
  return { root, upload: goesOn ? found : null }
})

/** An upload with its parts. Throws `upload-not-found`. */
export const findUpload = query(contract.findUpload, async ({ store, input, nowMs }) => {
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  await rootOfOwner(store, owner)
  const found = await store.uploads.find(owner, input.upload)
  if (found === undefined || found.expiresAtMs <= nowMs) throw problem['upload-not-found']({ id: input.upload })
  return { ...found, parts: await store.uploads.partsOf(input.upload) }
})

/** Keeps an upload; the answer is the one that is kept, which may be another client's of the same file. */
export const keepUpload = action(contract.keepUpload, async ({ store, input, nowMs }) => {
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  const upload = { ...input.upload, expiresAtMs: nowMs + keptMs }
  const other = await store.uploads.findFile(owner, upload)
  const isOver = other !== undefined && (other.ended || other.expiresAtMs <= nowMs || other.root !== upload.root)
  if (isOver) await store.uploads.remove(other.id)
  const isKept = await store.uploads.add(owner, upload)
  const kept = isKept ? upload : await store.uploads.findFile(owner, upload)
  return { answer: kept ?? upload, audit: 'unchanged' }
})

/** Moves an upload on by a part that the store has. Throws `upload-offset` where somebody else was first. */
export const advanceUpload = action(contract.advanceUpload, async ({ store, input, nowMs }) => {
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  const { upload: id, from, part } = input
  const isFirst = await store.uploads.advance(id, from, from + input.sizeBytes, nowMs + keptMs)
  const found = await store.uploads.find(owner, id)
  if (found === undefined) throw problem['upload-not-found']({ id })
  if (!isFirst) throw problem['upload-offset']({ id, offset: found.offset, sent: from })
  await store.uploads.addPart(id, part, input.digest)
  return { answer: Upload.parse(found), audit: 'unchanged' }
})

/** Ends an upload: the row of one that became an artifact stays for a client that missed the answer. */
export const endUpload = action(contract.endUpload, async ({ store, input }) => {
  if (input.forget) await store.uploads.remove(input.upload)
  else await store.uploads.end(input.upload)
  // What became of it is told by the record of the artifact.
  return { answer: {}, audit: 'unchanged' }
})
