import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/datasets.ts'

const { problem } = contract

/** One data set by name. Throws `datasets/not-found`. */
export const readDataset = query(contract.readDataset, async ({ store, input }) => {
  const found = await store.datasets.find(input.name)
  if (found === undefined) throw problem['not-found']({ name: input.name })
  return found
})

export const listDatasets = query(contract.listDatasets, async ({ store, input }) => {
  const rows = await store.datasets.list(input.limit, input.pageToken)
  return pageOf(
    rows,
    input.limit,
    (row) => [row.name],
    (row) => row,
  )
})
