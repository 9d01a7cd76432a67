import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/registry.ts'
import { offsetOf } from '../store/find-rows.ts'
import { findModel } from './find-model.ts'

export const readModel = query(contract.readModel, ({ store, input }) => findModel(store, input.name))

export const listModels = query(contract.listModels, async ({ store, input, visible }) => {
  const shown = await visible(contract.listModels.needs.permission, 'model')
  const rows = await store.models.list(input.limit, input.pageToken, input.kind, shown)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.name],
    (row) => row,
  )
})

/** Models by name and tags. */
export const searchModels = query(contract.searchModels, async ({ store, input, scope, visible }) => {
  const shown = await visible(contract.searchModels.needs.permission, 'model')
  const rows = await store.models.search(input, scope.dialect, shown)
  const next = offsetOf(input) + input.limit
  return pageOf(
    rows,
    input.limit,
    () => [next],
    (row) => row,
  )
})

/** What happened to a model, or to one of its versions, newest first. */
export const readModelHistory = query(contract.readModelHistory, async ({ store, input }) => {
  const model = await findModel(store, input.name)
  const rows = await store.changes.list(model.id, input)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.atMs, row.id],
    ({ id: _id, ...change }) => change,
  )
})

/** The moves of an alias, newest first. */
export const readAliasHistory = query(contract.readAliasHistory, async ({ store, input }) => {
  const model = await findModel(store, input.name)
  const offset = Number(decodePageToken(input.pageToken ?? '')?.[0] ?? 0)
  const rows = await store.aliases.history(model.id, input.alias, input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    () => [offset + input.limit],
    (row) => row,
  )
})
