import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/registry.ts'
import { findModel } from './find-model.ts'

export const readModel = query(contract.readModel, ({ store, input }) => findModel(store, input.name))

export const listModels = query(contract.listModels, async ({ store, input }) => {
  const rows = await store.models.list(input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.name],
    (row) => row,
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
