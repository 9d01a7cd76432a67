import { decodePageToken, pageOf, parseReference } from '@millrace/contract'
import { isVisible } from '@millrace/kernel'
import * as contract from '../contract.ts'
import type { ModelVersion } from '../contract.ts'
import type { RegistryStore } from '../store/registry.ts'
import { query } from '../store/registry.ts'
import { offsetOf } from '../store/find-rows.ts'
import { findModel, findNumbered, findVersion } from './find-model.ts'

const { problem } = contract

export const readVersion = query(contract.readVersion, ({ store, input }) =>
  findNumbered(store, input.name, input.version),
)

export const readVersionById = query(contract.readVersionById, ({ store, input }) => findVersion(store, input.id))

/** A version by what people write: `models:/name@alias`, `models:/name/3`, `models:/name/latest`, or an id. */
export const resolveVersion = query(contract.resolveVersion, async ({ store, input, workspace }) => {
  const { reference } = input
  if (!reference.includes(':')) return findVersion(store, reference)
  const parsed = parseReference(reference)
  const elsewhere = parsed.workspace !== undefined && parsed.workspace !== workspace
  if (parsed.scheme !== 'models' || elsewhere) throw problem['version-not-found']({ what: reference })
  if (parsed.at === undefined && parsed.rest === undefined) return findDefault(store, parsed.name)
  if (parsed.at === undefined) return findNumbered(store, parsed.name, numberOf(parsed.rest ?? 'latest', reference))
  return findNumbered(store, parsed.name, await versionOfAlias(store, parsed.name, parsed.at))
})

/** The version that a model's name alone means: its default alias, else the newest. */
async function findDefault(store: RegistryStore, name: string): Promise<ModelVersion> {
  const { spec, aliases } = await findModel(store, name)
  return findNumbered(store, name, (spec.defaultAlias === null ? undefined : aliases[spec.defaultAlias]) ?? 'latest')
}

function numberOf(text: string, reference: string): number | 'latest' {
  if (text === 'latest') return text
  if (!/^\d{1,9}$/.test(text)) throw problem['version-not-found']({ what: reference })
  return Number(text)
}

async function versionOfAlias(store: RegistryStore, model: string, alias: string): Promise<number | 'latest'> {
  const { aliases } = await findModel(store, model)
  const version = alias === 'latest' ? alias : aliases[alias]
  if (version === undefined) throw problem['alias-not-found']({ model, alias })
  return version
}

const position = (row: ModelVersion) => [row.createdAtMs, row.version, row.id]

export const listVersions = query(contract.listVersions, async ({ store, input }) => {
  const { id: modelId } = await findModel(store, input.name)
  const rows = await store.versions.search({ modelId, limit: input.limit, pageToken: input.pageToken })
  return pageOf(rows, input.limit, position, (row) => row)
})

/** Versions of all models; an unknown model has none. */
export const searchVersions = query(contract.searchVersions, async ({ store, input, visible }) => {
  const { model, runId, limit, pageToken } = input
  const shown = await visible(contract.searchVersions.needs.permission, 'model')
  const found = model === undefined ? undefined : await store.models.find(model)
  if (model !== undefined && found === undefined) return { items: [] }
  const rows = await store.versions.search({ modelId: found?.id, runId, limit, pageToken, visible: shown })
  return pageOf(rows, limit, position, (row) => row)
})

/** Versions by name, number, run, source and tags. */
export const findVersions = query(contract.findVersions, async ({ store, input, scope, visible }) => {
  const shown = await visible(contract.findVersions.needs.permission, 'model')
  const rows = await store.versions.find(input, scope.dialect, shown)
  const next = offsetOf(input) + input.limit
  return pageOf(
    rows,
    input.limit,
    () => [next],
    (row) => row,
  )
})

/** The newest version of each of these models in each stage; models that are not there have none. */
export const newestVersions = query(contract.newestVersions, async ({ store, input, visible }) => {
  const shown = await visible(contract.newestVersions.needs.permission, 'model')
  const models = (await store.models.byNames(input.models)).filter((model) => isVisible(shown, model.id))
  const items = await store.versions.newestPerStage(models.map((model) => model.id))
  return { items: input.stages.length === 0 ? items : items.filter(({ stage }) => input.stages.includes(stage)) }
})

export const listEvidence = query(contract.listEvidence, async ({ store, input }) => {
  await findVersion(store, input.id)
  const offset = Number(decodePageToken(input.pageToken ?? '')?.[0] ?? 0)
  const rows = await store.evidence.ofVersion(input.id, input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    () => [offset + input.limit],
    (row) => row,
  )
})

export const readEvidence = query(contract.readEvidence, async ({ store, input }) => {
  const found = await store.evidence.find(input.id)
  if (found === undefined) throw problem['evidence-not-found']({ id: input.id })
  return found
})
