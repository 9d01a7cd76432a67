import { decodePageToken, encodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { parseFilter, parseOrder } from '../model/filter.ts'
import { toMetricValue } from '../model/metric-value.ts'
import { runAttributes } from '../store/run-search.ts'
import type { TrackingStore } from '../store/tracking.ts'
import { query } from '../store/tracking.ts'
import { lookUpExperiment } from './find-experiment.ts'
import { findRun, wholeRun } from './find-run.ts'

/** One run, deleted ones included. Throws `experiment-tracking/run-not-found`. */
export const readRun = query(contract.readRun, async ({ store, input }) =>
  wholeRun(store, await findRun(store, input.id)),
)

export const searchRuns = query(contract.searchRuns, async ({ store, input, scope }) => {
  const offset = Number(decodePageToken(input.pageToken ?? '')?.[0] ?? 0)
  const { view, limit } = input
  const rows = await store.search(scope.dialect, {
    experiments: input.experiments === undefined ? undefined : await numbersOf(store, input.experiments),
    clauses: parseFilter(input.filter, runAttributes),
    orders: input.orderBy.map((order) => parseOrder(order, runAttributes)),
    view,
    limit,
    offset,
  })
  const { items, ...rest } = pageOf(
    rows,
    limit,
    () => [offset + limit],
    (row) => row,
  )
  return { items: await store.runs.whole(items), ...rest }
})

/** Unknown experiments have no runs, so they are left out. */
async function numbersOf(store: Pick<TrackingStore, 'experiments'>, experiments: readonly string[]): Promise<number[]> {
  const numbers: number[] = []
  for (const experiment of experiments) {
    const found = await lookUpExperiment(store, experiment)
    if (found !== undefined) numbers.push(found.number)
  }
  return numbers
}

export const readMetricHistory = query(contract.readMetricHistory, async ({ store, input }) => {
  const { id, key, order, limit } = input
  await findRun(store, id)
  const offset = Number(decodePageToken(input.pageToken ?? '')?.[0] ?? 0)
  const { points, total } = await store.metrics.history(id, key, { order, limit, offset })
  const more = points.length > limit ? { nextPageToken: encodePageToken([offset + limit]) } : {}
  const shown = points
    .slice(0, limit)
    .map(({ step, atMs, value }) => ({ step, value: toMetricValue(value), timestampMs: atMs }))
  return { points: shown, total, ...more }
})
