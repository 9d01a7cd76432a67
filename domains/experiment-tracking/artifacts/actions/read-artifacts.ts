import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { query } from '../../store/tracking.ts'
import { placeOfRoot } from '../model/artifact-place.ts'
import { entriesOf, fileEntry } from '../model/folder.ts'
import { rootOfOwner } from './find-owner.ts'

/** What a folder holds by its manifest; a file or a missing folder holds nothing. */
export const listArtifacts = query(contract.listArtifacts, async ({ store, input }) => {
  const owner = { kind: input.owner, id: input.id }
  await rootOfOwner(store, owner)
  const folder = input.path.replace(/\/+$/, '')
  const below = await store.artifacts.below(owner, folder)
  return { items: input.recursive ? below.map(fileEntry) : entriesOf(folder, below) }
})

/**
 * One artifact with its key in the object store. Throws `experiment-tracking/artifact-not-found`, and `artifact-busy` while
 * its bytes are being replaced or have not been read yet: nobody may stand on what is not sure.
 */
export const findArtifact = query(contract.findArtifact, async ({ store, input }) => {
  const { path } = input
  const owner = { kind: input.owner, id: input.id }
  const place = placeOfRoot(await rootOfOwner(store, owner))
  const found = await store.artifacts.find(owner, path)
  if (found === undefined || found.sizeBytes < 0) throw notFound(owner, path)
  if (found.digest === null) throw problem['artifact-busy']({ path })
  const key = place.kind === 'own' ? `${place.prefix}/${path}` : `${place.location}/${path}`
  return { path, digest: found.digest, sizeBytes: found.sizeBytes, key }
})

/** Where artifacts lie, and what is recorded of one of them. */
export const locateArtifacts = query(contract.locateArtifacts, async ({ store, input }) => {
  const owner = { kind: input.owner, id: input.id }
  const root = await rootOfOwner(store, owner)
  const found = input.path === '' ? undefined : await store.artifacts.find(owner, input.path)
  const known = found === undefined || found.sizeBytes < 0 ? null : { digest: found.digest, sizeBytes: found.sizeBytes }
  return { root, known }
})

export function notFound(owner: { kind: string; id: string }, path: string): Error {
  return problem['artifact-not-found']({ path, owner: `${owner.kind.replace('-', ' ')} ${owner.id}` })
}
