import { pageOf, parseReference, PathName } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { storeOf } from '../store/datasets.ts'
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

/**
 * The profile made when the version was registered: of its one table, or of the one that is named. Throws
 * `datasets/version-not-found`, `datasets/no-such-table`.
 */
export const readProfile = query(contract.readProfile, async ({ store, input }) => {
  const profile = await store.versions.profile(input.id)
  const version = await store.versions.byId(input.id)
  if (profile === undefined || version === undefined) throw problem['version-not-found']({ what: input.id })
  const { columns, rowCount, tables } = profile
  if (version.format !== 'files' && input.table === undefined) return { versionId: input.id, rowCount, columns }
  const table = version.tables.find(({ name }) => name === input.table)
  const found = table === undefined ? undefined : tables[table.name]
  if (table === undefined || found === undefined) {
    const names = version.tables.map(({ name }) => name).join(', ')
    throw problem['no-such-table']({ what: `${version.dataset}@${version.version}`, tables: names.slice(0, 500) })
  }
  return { versionId: input.id, rowCount: table.rowCount, columns: found }
})

/**
 * The version that a foreign record of a data set means, such as an MLflow dataset logged as a run's input: by a source
 * that holds one of our references or addresses, else by a digest.
 */
export const resolveByDigest = query(contract.resolveByDigest, async ({ store, input, workspace }) => {
  const named = await bySource(store.versions, input.source ?? '', workspace)
  if (named !== undefined) return { version: named }
  const hex = /^(?:sha256:)?([0-9a-f]{12,64})$/i.exec(input.digest ?? '')?.[1]?.toLowerCase()
  if (hex === undefined) return { version: null }
  const name = input.name !== undefined && PathName.safeParse(input.name).success ? input.name : undefined
  return { version: (await store.versions.byDigestPrefix(`sha256:${hex}`, name)) ?? null }
})

type Versions = ReturnType<typeof storeOf>['versions']

async function bySource(versions: Versions, source: string, workspace: string) {
  const id = /\/dataset-versions\/(dsv_[0-9a-z]+)/.exec(source)?.[1]
  if (id !== undefined) return versions.byId(id)
  const reference = /datasets:\/[^\s"']+/.exec(source)?.[0]
  if (reference === undefined) return undefined
  try {
    const parsed = parseReference(reference)
    if ((parsed.workspace ?? workspace) !== workspace) return undefined
    const at = parsed.at ?? 'latest'
    return at === 'latest' ? versions.latest(parsed.name) : versions.version(parsed.name, at)
  } catch {
    return undefined
  }
}
