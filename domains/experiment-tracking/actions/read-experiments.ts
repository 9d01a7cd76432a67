import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { parseFilter, parseOrder } from '../model/filter.ts'
import { experimentColumns } from '../store/experiment-rows.ts'
import { query } from '../store/tracking.ts'
import { findExperiment } from './find-experiment.ts'

const attributes = new Set(Object.keys(experimentColumns))

/** One experiment, deleted ones included. */
export const readExperiment = query(contract.readExperiment, ({ store, input }) => findExperiment(store, input.name))

export const searchExperiments = query(contract.searchExperiments, async ({ store, input, scope }) => {
  const offset = Number(decodePageToken(input.pageToken ?? '')?.[0] ?? 0)
  const orders = [input.orderBy].flat().map((order) => parseOrder(order, attributes))
  const { view, limit } = input
  const rows = await store.experiments.search(scope.dialect, {
    clauses: parseFilter(input.filter, attributes),
    orders,
    view,
    limit,
    offset,
  })
  return pageOf(
    rows,
    limit,
    () => [offset + limit],
    (row) => row,
  )
})
