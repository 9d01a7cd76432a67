import { decodePageToken, pageOf } from '@millrace/contract'
import { requireEndpoint } from '../../actions/require-endpoint.ts'
import { query } from '../../store/serving-store.ts'
import * as contract from '../model/experiment-endpoints.ts'
import { requireExperiment } from './require-experiment.ts'
import { armsOf, showExperiment } from './show-experiment.ts'

/** Reads an experiment by id. */
export const readTrafficExperiment = query(contract.readTrafficExperiment, async ({ store, input }) =>
  showExperiment(await requireExperiment(store, input.id)),
)

/** Lists the experiments of an endpoint, the newest first. */
export const listTrafficExperiments = query(contract.listTrafficExperiments, async ({ store, input }) => {
  await requireEndpoint(store, input.name)
  const [atMs, id] = decodePageToken(input.pageToken ?? '') ?? []
  const before = typeof atMs === 'number' && typeof id === 'string' ? { atMs, id } : undefined
  const rows = await store.experiments.list(input.name, input.limit + 1, before)
  return pageOf(rows, input.limit, (row) => [row.started_at_ms, row.id], showExperiment)
})

/** Lists a bandit's weights, the newest first. */
export const listWeighings = query(contract.listWeighings, async ({ store, input }) => {
  await requireExperiment(store, input.id)
  const [number] = decodePageToken(input.pageToken ?? '') ?? []
  const rows = await store.experiments.weighings(
    input.id,
    input.limit + 1,
    typeof number === 'number' ? number : undefined,
  )
  return pageOf(
    rows,
    input.limit,
    (row) => [row.number],
    (row) => ({ number: row.number, atMs: row.at_ms, arms: armsOf(row) }),
  )
})
