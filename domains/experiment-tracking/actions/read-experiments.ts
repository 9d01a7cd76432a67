import { decodePageToken, pageOf } from '@millrace/contract'
import type { Visibility } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { parseFilter, parseOrder } from '../model/filter.ts'
import type { ExperimentSearch } from '../store/experiment-rows.ts'
import { experimentColumns } from '../store/experiment-rows.ts'
import { query } from '../store/tracking.ts'
import { findExperiment } from './find-experiment.ts'

const attributes = new Set(Object.keys(experimentColumns))

/** One experiment, deleted ones included. */
export const readExperiment = query(contract.readExperiment, ({ store, input }) => findExperiment(store, input.name))

export const searchExperiments = query(contract.searchExperiments, async ({ store, input, scope, visible }) => {
  const offset = Number(decodePageToken(input.pageToken ?? '')?.[0] ?? 0)
  const orders = [input.orderBy].flat().map((order) => parseOrder(order, attributes))
  const { view, limit } = input
  const rows = await store.experiments.search(scope.dialect, {
    clauses: parseFilter(input.filter, attributes),
    orders,
    view,
    limit,
    offset,
    visible: numbersVisible(await visible(contract.searchExperiments.needs.permission, 'experiment')),
  })
  return pageOf(
    rows,
    limit,
    () => [offset + limit],
    (row) => row,
  )
})

/** The experiments that a list may show, by number. */
function numbersVisible({ byDefault, except }: Visibility): ExperimentSearch['visible'] {
  return { byDefault, except: except.map((id) => Number(id.slice(1))) }
}
