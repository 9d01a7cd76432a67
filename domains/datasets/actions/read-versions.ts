import { pageOf, parseReference } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/datasets.ts'

const { problem } = contract

/** A version by name, or the newest one as `latest`. Throws `datasets/version-not-found`. */
export const readVersion = query(contract.readVersion, async ({ store, input }) => {
  const { name, version } = input
  const found = version === 'latest' ? await store.versions.latest(name) : await store.versions.version(name, version)
  if (found === undefined) throw problem['version-not-found']({ what: `"${version}" of "${name}"` })
  return found
})

/** A version by id. Throws `datasets/version-not-found`. */
export const readVersionById = query(contract.readVersionById, async ({ store, input }) => {
  const found = await store.versions.byId(input.id)
  if (found === undefined) throw problem['version-not-found']({ what: input.id })
  return found
})

/** A version by what people write: `datasets:/flights@2001-02`, `datasets:/flights` (the newest) or an id. */
export const resolveVersion = query(contract.resolveVersion, async ({ store, input, workspace }) => {
  const { reference } = input
  const notFound = () => problem['version-not-found']({ what: reference })
  if (!reference.includes(':')) {
    const found = await store.versions.byId(reference)
    if (found === undefined) throw notFound()
    return found
  }
  const parsed = parseReference(reference)
  if (parsed.scheme !== 'datasets' || (parsed.workspace ?? workspace) !== workspace) throw notFound()
  const at = parsed.at ?? 'latest'
  const found =
    at === 'latest' ? await store.versions.latest(parsed.name) : await store.versions.version(parsed.name, at)
  if (found === undefined) throw notFound()
  return found
})

export const listVersions = query(contract.listVersions, async ({ store, input }) => {
  if ((await store.datasets.find(input.name)) === undefined) throw problem['not-found']({ name: input.name })
  const rows = await store.versions.listVersions(input.name, input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.number],
    (row) => row,
  )
})

/** The profile made when the version was registered. Throws `datasets/version-not-found`. */
export const readProfile = query(contract.readProfile, async ({ store, input }) => {
  const profile = await store.versions.profile(input.id)
  if (profile === undefined) throw problem['version-not-found']({ what: input.id })
  return { versionId: input.id, ...profile }
})
